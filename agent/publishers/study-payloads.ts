/** Payloads about gauge studies. Pure. Who began one is in the journal, and leaves the box with nothing. */
import type { Study } from '../contracts/index.ts';
import { instant, text } from './payloads.ts';
import type { StudyPayload } from './schemas.ts';

export function studyPayload(agent: string, id: string, at: number, study: Study): StudyPayload {
  const { station, name, state, why, shown, of, spec, gauge, configHash } = study;
  return {
    schema: 'lineside.study.v1',
    id,
    agent,
    ...instant(at),
    station: text(station),
    study: study.id,
    name: text(name),
    kind: spec.kind,
    state,
    // A person's name may be in it.
    why: state === 'ended' ? text(why.replace(/^cancelled by .*$/s, 'cancelled')) : null,
    began: instant(study.at).at,
    shown,
    of,
    recipe: text(gauge.recipe),
    config_hash: configHash,
  };
}
