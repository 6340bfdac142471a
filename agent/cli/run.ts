/** `lineside run`: the agent until a signal ends it. */
import { spawn } from 'node:child_process';
import type { Log } from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import { version } from '../platform/package-root.ts';
import { compileEarly } from '../platform/tiering.ts';
import { Host } from '../runtime/host.ts';
import { Seconds, systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { endWithin, unhandledFault } from './last-resort.ts';
import { createLog, logLevel } from './log.ts';
import { stopSignal } from './signals.ts';

/** From the signal to the end of the process, at most: what runs the agent (systemd, docker) waits 10 s before it kills. */
const STOPS_WITHIN = Seconds(9.7);

/** Why the agent does not go on. */
type End = { readonly signal: NodeJS.Signals } | { readonly fault: LinesideError };

export interface RunOptions {
  readonly config: string;
  /** false: a broken config ends the command. */
  readonly page?: boolean;
}

export async function run({ config, page = true }: RunOptions): Promise<ExitCode> {
  const log = createLog({ level: logLevel('info') });
  const host = new Host({
    source: config,
    safeMode: page,
    version,
    clock: systemClock,
    random: Math.random,
    log,
    onLoaded: ({
      secrets,
      config: {
        log: { level },
      },
    }) => {
      log.setSecrets(secrets);
      log.setLevel(logLevel(level));
    },
  });
  const end: Promise<End> = Promise.race([
    stopSignal().then((signal) => ({ signal })),
    unhandledFault((fault) => log.error({ code: fault.code, stack: stackOf(fault) }, fault.message)).then((fault) => ({ fault })),
  ]);
  // Whatever hangs while it starts, a package or a disk, a signal ends it.
  const early = await Promise.race([host.start().then(() => null), end]);
  if (!early) {
    compileEarly();
    notify('--ready');
    // Broken, it says so by itself, and waits to be mended.
    if (!host.broken) log.info({ version }, 'the agent judges');
  }
  return leave(host, await end, log);
}

async function leave(host: Host, why: End, log: Log): Promise<ExitCode> {
  endWithin(STOPS_WITHIN);
  notify('--stopping');
  if ('fault' in why) {
    const { fault } = why;
    log.error({ code: fault.code, stack: stackOf(fault) }, `the agent stops, to be started again: ${fault.message}`);
    host.unhandled(fault);
  } else log.info({ signal: why.signal }, 'the agent stops');
  const left = await host.stop();
  // process.exit() would wait for a thread that is stuck in native code, and then abort; the kernel ends everything.
  if (left.length > 0) {
    log.error({ left }, 'the agent ends without waiting for what hangs');
    process.kill(process.pid, 'SIGKILL');
  }
  return 'fault' in why ? EXIT.internal : EXIT.ok;
}

const stackOf = ({ cause, stack }: LinesideError): string | undefined => (cause instanceof Error ? cause.stack : stack);

/** Tells systemd (Type=notify). Node has no datagram sockets, so systemd's own helper speaks; without systemd nothing happens. */
function notify(state: '--ready' | '--stopping'): void {
  if (process.env['NOTIFY_SOCKET']) spawn('systemd-notify', [state], { stdio: 'ignore' }).on('error', () => {});
}
