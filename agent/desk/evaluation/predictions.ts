/**
 * What models outside of Lineside said of a protocol's samples, as a table: `sample`, `model`, `label`. A model that learns from these very
 * samples, leaving one group out, has to learn and answer anew for every shuffle of the truths, else its freedom does not show. Then there
 * are two columns more: `shuffle` (0 is the true order) and `truth`, the label that the sample was dealt.
 */
import { LinesideError, messageOf } from '../../errors.ts';
import { SHUFFLES } from './chance.ts';
import type { Answers, Protocol, Sample } from './protocol.ts';
import { groupedBy, type Row, readTable } from './table.ts';

type Answer = Answers[keyof Answers];

/** One order of the truths, and what each model said of every sample, in the order of the samples. */
export interface Deal {
  readonly truths: readonly unknown[];
  readonly answers: ReadonlyMap<string, readonly Answer[]>;
}

export interface Predictions {
  readonly models: readonly string[];
  readonly told: Deal;
  /** null where the file has the true order alone. */
  readonly shuffled: readonly Deal[] | null;
}

/** Rejects with DATA_INVALID where a model left a sample out, the truths are not the set's, or the shuffles are too few. */
export async function readPredictions(file: string, protocol: Protocol, samples: readonly Sample[]): Promise<Predictions> {
  const refuse = (why: string): LinesideError => new LinesideError('DATA_INVALID', { file, why });
  const rows = await readTable(file, ['sample', 'model', 'label']);
  const anew = rows[0]?.['shuffle'] !== undefined;
  const models = [...new Set(rows.map(({ model = '' }) => model))];
  const deals = [...groupedBy(rows, 'shuffle', '0')].map(([name, dealt]) => {
    const read = reader(protocol, samples, models, (why) => refuse(anew ? `shuffle ${name}: ${why}` : why));
    return { name, deal: read(dealt, anew) };
  });
  const told = deals.find(({ name }) => name === '0')?.deal;
  if (!told) throw refuse('it has no shuffle 0, which is the true order');
  if (!same(told.truths, trueOf(samples))) throw refuse('the truths of shuffle 0 are not those of the set');
  const shuffled = deals.filter(({ name }) => name !== '0').map(({ deal }) => deal);
  if (anew && shuffled.length < SHUFFLES) throw refuse(`it has ${shuffled.length} shuffles, ${SHUFFLES} are asked for`);
  // As many of each label there need not be: where whole blocks of samples change places, blocks may differ in size.
  if (shuffled.some(({ truths }) => !same(kinds(truths), kinds(trueOf(samples)))))
    throw refuse('a shuffle holds other labels than the set');
  return { models, told, shuffled: anew ? shuffled : null };
}

function reader(protocol: Protocol, samples: readonly Sample[], models: readonly string[], refuse: (why: string) => LinesideError) {
  const { outside } = protocol;
  if (!outside) throw new LinesideError('USAGE', { why: `${protocol.name} takes no predictions from a file` });
  const parsed = <T>(parse: (text: string) => T, text = ''): T => {
    try {
      return parse(text);
    } catch (thrown) {
      throw refuse(messageOf(thrown));
    }
  };
  /** The rows of one model, in the order of the samples. */
  const ordered = (rows: readonly Row[], model: string): readonly Row[] => {
    const mine = new Map(rows.map((row) => [row['sample'], row]));
    if (rows.length !== samples.length) throw refuse(`${model} has ${rows.length} predictions for ${samples.length} samples`);
    return samples.map(({ id }) => {
      const row = mine.get(id);
      if (row) return row;
      throw refuse(`${model} says nothing of ${id}`);
    });
  };
  return (rows: readonly Row[], anew: boolean): Deal => {
    const by = groupedBy(rows, 'model');
    const said = models.map((model) => [model, ordered(by.get(model) ?? [], model)] as const);
    const dealt = said.map(([, mine]) => (anew ? mine.map(({ truth }) => parsed(outside.truth, truth)) : trueOf(samples)));
    const [truths = []] = dealt;
    if (!dealt.every((one) => same(one, truths))) throw refuse('its models were dealt different truths');
    const answers = said.map(([model, mine]) => [model, mine.map(({ label }) => parsed(outside.answer, label))] as const);
    return { truths, answers: new Map(answers) };
  };
}

const trueOf = (samples: readonly Sample[]): readonly unknown[] => samples.map(({ truth }) => truth);
const same = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((one, i) => one === others[i]);
const kinds = (truths: readonly unknown[]): readonly unknown[] => [...new Set(truths.map(String))].sort();
