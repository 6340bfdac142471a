import type { TagSample, TagServer, TagServerContext } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { Runner } from '#agent/runtime/runner.js';
import { systemClock } from '#agent/time.js';
import { type LogLine, memoryLog } from './log.ts';

/** The agent's side of a tag server: keeps what it emits and lets a test wait for it. */
export class TagRecorder implements TagServerContext {
  readonly clock = systemClock;
  readonly log = memoryLog();
  readonly samples: { readonly tag: string; readonly sample: TagSample }[] = [];
  readonly faulty = new Map<string, LinesideError>();
  /** What the server states as a level, newest last. */
  readonly stated: (readonly LinesideError[])[] = [];
  onlines = 0;
  offlines = 0;
  /** Faults that ended a life, in order. */
  readonly ends: LinesideError[] = [];
  private readonly waiting = new Set<() => void>();

  emit = (tag: string, sample: TagSample): void => {
    this.samples.push({ tag, sample });
    this.look();
  };
  fault = (tag: string, error: LinesideError): void => {
    this.faulty.set(tag, error);
    this.look();
  };
  faults = (list: readonly LinesideError[]): void => {
    this.stated.push(list);
    this.look();
  };
  online = (): void => {
    this.onlines++;
    this.look();
  };

  offline = (): void => {
    this.offlines++;
    this.look();
  };

  /** What stands now. */
  get standing(): readonly LinesideError[] {
    return this.stated.at(-1) ?? [];
  }
  get logged(): readonly LogLine[] {
    return this.log.lines;
  }
  of(tag: string): readonly TagSample[] {
    return this.samples.filter((one) => one.tag === tag).map((one) => one.sample);
  }
  last(tag: string): TagSample | undefined {
    return this.of(tag).at(-1);
  }

  /** Settles when `holds` does; looked at whenever something happens here. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }
  look(): void {
    for (const look of [...this.waiting]) look();
  }
  value = (tag: string, value: unknown): Promise<void> => this.until(() => Object.is(this.last(tag)?.value, value));
}

/** One life. `over` settles with the fault that ended it, null when it was aborted. */
export function live(
  server: TagServer,
  recorder: TagRecorder,
): { over: Promise<LinesideError | null>; stop(): Promise<LinesideError | null> } {
  const abort = new AbortController();
  const over = server.run(recorder, abort.signal).then(
    () => null,
    (fault: LinesideError) => {
      recorder.ends.push(fault);
      recorder.look();
      return fault;
    },
  );
  return {
    over,
    stop: () => {
      abort.abort(new Error('the test is over'));
      return over;
    },
  };
}

/** Lives one after the other by the agent's own runner, with a short back-off. */
export function keepAlive(server: TagServer, recorder: TagRecorder): Runner {
  const runner = new Runner({
    name: 'plc',
    clock: systemClock,
    log: recorder.log,
    random: () => 1,
    backoff: { first: 50, most: 400 },
    live: (life) => {
      const online = () => {
        life.online();
        recorder.online();
      };
      const { clock, log, emit, fault, faults, offline } = recorder;
      return server.run({ clock, log, emit, fault, faults, online, offline }, life.signal);
    },
    onStatus: (_, fault) => {
      if (fault) recorder.ends.push(fault);
      recorder.look();
    },
  });
  runner.start();
  return runner;
}
