/**
 * Another threshold for the package that judges somewhere: beside it, in its place, and back. A few keys of the config file and no new package, so
 * that nothing has to be proved; the file is tried and replaced as by whoever edits it.
 */
import { wantedOf, withPackage } from '../config/edit.ts';
import { choiceOf, type PackageChoice } from '../config/model.ts';
import type { Config, StationModelConfig } from '../config/schema.ts';
import { LinesideError } from '../errors.ts';
import type { ConfigPort, ConfigWritten, ThresholdWish } from '../web/ports.ts';

export type ThresholdVerb = 'shadow' | 'promote' | 'rollback';

/** Rejects with COMMAND_REFUSED, WEB_UNKNOWN, and as ConfigPort.write() does. */
export async function changeThreshold(
  file: ConfigPort | null,
  config: Config,
  who: string,
  { verb, station, model, threshold = null }: ThresholdWish & { readonly verb: ThresholdVerb },
): Promise<ConfigWritten> {
  const own = config.stations[station]?.models[model];
  if (!own) throw new LinesideError('WEB_UNKNOWN', { what: `model ${model} of station ${station}` });
  const { to, beside } = verb === 'shadow' ? shadowed(own, threshold) : swapped(own, verb);
  const now = await file?.read(true);
  const { text, version } = now?.file ?? { text: null, version: null };
  if (!file || text === null || version === null) throw refused(verb, 'the config did not come from a file that can be read');
  const edited = withPackage(text, ['stations', station, 'models', model], wantedOf(to, beside));
  if ('why' in edited) throw refused(verb, `${station}/${model} cannot be changed in the file: ${edited.why}; change it by hand`);
  return file.write(edited.text, { who, onto: version });
}

interface Change {
  readonly to: PackageChoice;
  readonly beside: { readonly shadow?: PackageChoice | undefined; readonly previous?: PackageChoice | undefined };
}

function shadowed(own: StationModelConfig, threshold: number | null): Change {
  const now = choiceOf(own);
  if (own.shadow && !isSame(own.shadow, now))
    throw refused('shadow', `package ${own.shadow.model} runs beside it: promote it or end it first`);
  if (threshold !== null && threshold === own.threshold) throw refused('shadow', `${threshold} is the threshold that judges`);
  const shadow = threshold === null ? undefined : moved(now, threshold);
  return { to: now, beside: { shadow, previous: own.previous } };
}

function swapped(own: StationModelConfig, verb: 'promote' | 'rollback'): Change {
  const to = verb === 'promote' ? own.shadow : own.previous;
  const now = choiceOf(own);
  if (!to) throw refused(verb, verb === 'promote' ? 'nothing runs beside it' : 'nothing judged there before');
  if (!isSame(to, now))
    throw refused(verb, `${to.model} is another package, which has to be proved here: use Teach, or lineside models ${verb}`);
  return { to: choiceOf(to), beside: verb === 'promote' ? { previous: now } : { shadow: own.shadow ?? now } };
}

const isSame = (a: PackageChoice, b: PackageChoice): boolean => a.model === b.model && a.variant === b.variant;

/** A band of scores that go to a person ends at the threshold, where it did before, and never reaches beyond it. */
function moved(now: PackageChoice, threshold: number): PackageChoice {
  const [low, high] = now.review ?? [0, 0];
  const end = high === now.threshold ? threshold : Math.min(high, threshold);
  return { ...now, threshold, ...(now.review ? { review: [Math.min(low, end), end] } : {}) };
}

const refused = (verb: ThresholdVerb, why: string) => new LinesideError('COMMAND_REFUSED', { verb, why });
