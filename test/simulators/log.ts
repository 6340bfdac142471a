import type { Log } from '#agent/contracts/index.js';

export interface LogLine {
  readonly level: string;
  readonly text: string;
  readonly details: object;
}

/** Keeps what is logged, so that a test can ask for it. */
export function memoryLog(lines: LogLine[] = []): Log & { readonly lines: LogLine[] } {
  const at = (level: string) => (details: object, text: string) => void lines.push({ level, text, details });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => memoryLog(lines) };
}
