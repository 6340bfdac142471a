/** Reads a config in a process of its own: what it costs, it costs that process. Entry point of the sandbox of config-apart.ts. */
import { packInvalid, packLoaded } from '../config/crossing.ts';
import { ConfigInvalid } from '../config/faults.ts';
import { type ConfigSource, loadConfig } from '../config/load.ts';
import { answerQuestions } from '../platform/sandboxed.ts';
import { CATALOGUE } from './config-catalogue.ts';

export interface TrialQuestion {
  readonly source: ConfigSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly salt: Uint8Array;
}

answerQuestions<TrialQuestion>(({ source, env, salt }) =>
  loadConfig(source, CATALOGUE, env, salt).then(packLoaded, (thrown: unknown) => {
    if (thrown instanceof ConfigInvalid) return packInvalid(thrown);
    throw thrown;
  }),
);
