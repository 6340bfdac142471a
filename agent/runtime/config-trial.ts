/** Reads a config in a process of its own: what it costs, it costs that process. Entry point of the sandbox of config-apart.ts. */
import { packInvalid, packLoaded } from '../config/crossing.ts';
import { ConfigInvalid } from '../config/faults.ts';
import { type ConfigSource, loadConfig } from '../config/load.ts';
import { maskedText } from '../config/mask.ts';
import { answerQuestions } from '../platform/sandboxed.ts';
import { CATALOGUE } from './config-catalogue.ts';

export type TrialQuestion = ReadQuestion | { readonly mask: string };

interface ReadQuestion {
  readonly source: ConfigSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly salt: Uint8Array;
}

answerQuestions<TrialQuestion>(async (question) => ('mask' in question ? maskedText(question.mask) : read(question)));

const read = ({ source, env, salt }: ReadQuestion) =>
  loadConfig(source, CATALOGUE, env, salt).then(packLoaded, (thrown: unknown) => {
    if (thrown instanceof ConfigInvalid) return packInvalid(thrown);
    throw thrown;
  });
