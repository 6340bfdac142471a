/** A person at a terminal: a command on a pseudo-terminal (script of util-linux), read as it is shown and answered by keys. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

export const KEYS = { enter: '\r', down: '\u001b[B', up: '\u001b[A', left: '\u001b[D', cancel: '\u0003', clear: '\u0015' } as const;

export interface Terminal {
  /** All that was shown so far, without what moves and colours it. */
  readonly text: string;
  /** Resolves when this is shown after what was waited for before; rejects after a while, with what is shown instead. */
  shows(what: string | RegExp): Promise<void>;
  press(...keys: readonly string[]): void;
  /** With the exit code of the command. */
  readonly ended: Promise<number>;
  /** To the command itself. */
  signal(signal: NodeJS.Signals): void;
  kill(): void;
}

const GIVE_UP_AFTER = 60_000;
const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

export function openTerminal(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Terminal {
  const line = `stty rows 40 cols 130; exec ${command.map(quoted).join(' ')}`;
  const child = spawn('script', ['-qfec', line, '/dev/null'], { ...options, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  let text = '';
  let seen = 0;
  const looking = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += stripVTControlCharacters(piece);
    for (const look of [...looking]) look();
  });
  const ended = new Promise<number>((settle) => child.once('close', (code) => settle(code ?? -1)));
  return {
    get text() {
      return text;
    },
    shows: (what) =>
      new Promise((found, failed) => {
        const settle = (how: () => void) => {
          clearTimeout(timer);
          looking.delete(look);
          how();
        };
        const vain = () => settle(() => failed(new Error(`never shown: ${what}; instead: ${text.slice(seen).slice(-1500)}`)));
        const timer = setTimeout(vain, GIVE_UP_AFTER);
        const look = () => {
          const rest = text.slice(seen);
          const at = typeof what === 'string' ? rest.indexOf(what) : rest.search(what);
          if (at < 0) return;
          seen += at + 1;
          settle(found);
        };
        looking.add(look);
        look();
        void ended.then(() => setTimeout(vain, 100));
      }),
    press: (...keys) => void child.stdin.write(keys.join('')),
    ended,
    signal: (signal) => {
      const [pid = 0] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number);
      if (pid > 1) process.kill(pid, signal);
    },
    kill: () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    },
  };
}
