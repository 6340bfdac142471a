/** What somebody changes through the API goes on record, done or refused. */
import { asLinesideError } from '../../errors.ts';
import type { PagePorts } from '../ports.ts';

export async function recorded<T>(
  { audit }: Pick<PagePorts, 'audit'>,
  who: string,
  verb: string,
  detail: object,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const done = await work();
    audit({ who, verb, detail: { ...detail }, outcome: 'done' });
    return done;
  } catch (thrown) {
    audit({ who, verb, detail: { ...detail }, outcome: asLinesideError(thrown).message });
    throw thrown;
  }
}
