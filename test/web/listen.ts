/** Server-sent events as a browser's EventSource reads them. */
import { type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';

export interface Event {
  readonly event: string;
  readonly id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at is what it expects.
  readonly data: any;
}

/** A browser's EventSource, by hand. */
export function listen(base: URL | string, last: string | null = null, more: Readonly<Record<string, string>> = {}) {
  const events: Event[] = [];
  let ended = false;
  const headers = { ...more, ...(last === null ? {} : { 'last-event-id': last }) };
  const asked = request(new URL('/api/v1/live', base), { headers, agent: false }, (reply) => {
    let text = '';
    reply.setEncoding('utf8');
    stream = reply;
    reply.on('error', () => {});
    reply.on('close', () => {
      ended = true;
    });
    reply.on('data', (piece: string) => {
      text += piece;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = Object.fromEntries(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        events.push({ event: fields['event'] ?? '', id: fields['id'] ?? null, data: JSON.parse(fields['data'] ?? 'null') });
        text = text.slice(end + 2);
      }
    });
  });
  let stream: IncomingMessage | null = null;
  asked.on('error', () => {});
  asked.end();
  const close = () => void asked.destroy();
  onTestFinished(close);
  const of = (event: string) => events.filter((one) => one.event === event);
  return {
    events,
    of,
    close,
    get ended() {
      return ended;
    },
    /** Reads nothing until it reads on. */
    stopReading: () => void stream?.pause(),
    readOn: () => void stream?.resume(),
  };
}
