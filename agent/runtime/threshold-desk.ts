/**
 * Another threshold for the package that judges somewhere: beside it, in its place, and back. A few keys of the config file and no new package, so
 * that nothing has to be proved; the file is tried and replaced as by whoever edits it.
 */
import { wantedOf, withPackage } from '../config/edit.ts';
import { type BroughtChoice, beforeOf, choiceOf, isSamePackage, type PackageChoice } from '../config/model.ts';
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
  const { to, beside } = verb === 'shadow' ? shadowed(own, threshold) : swapped(own, verb, threshold);
  const { text, version, write } = await fileThatRuns(file, verb);
  const edited = withPackage(text, ['stations', station, 'models', model], wantedOf(to, beside));
  if ('why' in edited) throw refused(verb, `${station}/${model} cannot be changed in the file: ${edited.why}; change it by hand`);
  return write(edited.text, { who, onto: version });
}

interface Running {
  readonly text: string;
  readonly version: string;
  readonly write: ConfigPort['write'];
}

/** What is changed is worked out from what runs: in a file that says something else already it would undo what somebody has written there. */
async function fileThatRuns(file: ConfigPort | null, verb: ThresholdVerb): Promise<Running> {
  const now = await file?.read(true);
  const { text, version } = now?.file ?? { text: null, version: null };
  if (!file || !now || text === null || version === null) throw refused(verb, 'the config did not come from a file that can be read');
  if (now.applying) throw refused(verb, 'a change of the config is being applied: wait for it');
  if (version !== now.running.version)
    throw refused(verb, 'the config file says something else than what runs: wait until it is taken, or look under Config why it is not');
  return { text, version, write: (...given) => file.write(...given) };
}

interface Change {
  readonly to: PackageChoice;
  readonly beside: { readonly shadow?: BroughtChoice | undefined; readonly previous?: BroughtChoice | undefined };
}

function shadowed(own: StationModelConfig, threshold: number | null): Change {
  const now = choiceOf(own);
  if (own.shadow && !isSamePackage(own.shadow, now))
    throw refused('shadow', `package ${own.shadow.model} runs beside it: promote it or end it first`);
  if (threshold !== null && threshold === own.threshold) throw refused('shadow', `${threshold} is the threshold that judges`);
  const shadow = threshold === null ? undefined : moved(now, threshold);
  return { to: now, beside: { shadow, previous: own.previous } };
}

/** `shown`: threshold of what runs beside it, as whoever promotes it has seen it. */
function swapped(own: StationModelConfig, verb: 'promote' | 'rollback', shown: number | null): Change {
  const to = verb === 'promote' ? own.shadow : own.previous;
  const now = choiceOf(own);
  if (!to) throw refused(verb, verb === 'promote' ? 'nothing runs beside it' : 'nothing judged there before');
  if (!isSamePackage(to, now))
    throw refused(verb, `${to.model} is another package, which has to be proved here: use Teach, or lineside models ${verb}`);
  if (shown !== null && to.threshold !== undefined && to.threshold !== shown)
    throw refused(verb, `by now it is ${to.threshold} that ${verb === 'promote' ? 'runs beside it' : 'judged before'}, and not ${shown}`);
  return { to: choiceOf(to), beside: verb === 'promote' ? { previous: beforeOf(own, to) } : { shadow: own.shadow ?? now } };
}

/** A band of scores that go to a person ends at the threshold, where it did before, and never reaches beyond it. */
function moved(now: PackageChoice, threshold: number): PackageChoice {
  const [low, high] = now.review ?? [0, 0];
  const end = high === now.threshold ? threshold : Math.min(high, threshold);
  return { ...now, threshold, ...(now.review ? { review: [Math.min(low, end), end] } : {}) };
}

const refused = (verb: ThresholdVerb, why: string) => new LinesideError('COMMAND_REFUSED', { verb, why });
