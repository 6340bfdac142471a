/** `lineside run`: the agent until a signal ends it. */
import { spawn } from 'node:child_process';
import { Host } from '../host.ts';
import { version } from '../package-root.ts';
import { compileEarly } from '../tiering.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { createLog, logLevel } from './log.ts';
import { stopSignal } from './signals.ts';

export async function run({ config }: { readonly config: string }): Promise<ExitCode> {
  const log = createLog({ level: logLevel('info') });
  const host = new Host({
    source: config,
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
  const stopped = stopSignal();
  await host.start();
  compileEarly();
  notify('--ready');
  log.info({ version }, 'the agent judges');
  log.info({ signal: await stopped }, 'the agent stops');
  notify('--stopping');
  await host.stop();
  return EXIT.ok;
}

/** Tells systemd (Type=notify). Node has no datagram sockets, so systemd's own helper speaks; without systemd nothing happens. */
function notify(state: '--ready' | '--stopping'): void {
  if (process.env['NOTIFY_SOCKET']) spawn('systemd-notify', [state], { stdio: 'ignore' }).on('error', () => {});
}
