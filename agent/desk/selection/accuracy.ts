/** How accurate the variants of packages are: by what their manifests say, or measured anew. */

import type { Manifest } from '../../inference/manifest.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { FigureForm, Protocol } from '../evaluation/protocol.ts';
import { PROTOCOLS } from '../evaluation/protocols/index.ts';
import type { Accuracy, Place } from './choose.ts';

/** By package, then by variant. */
export type Accuracies = ReadonlyMap<string, ReadonlyMap<string, Accuracy>>;

export interface AccuracyWish {
  /** Else the first of the protocol, or the first that all manifests have. */
  readonly figure?: string | undefined;
  /** Measure anew, on the protocol's set in this folder. */
  readonly on?: { readonly protocol: Protocol; readonly folder: string } | undefined;
  readonly providers: readonly string[];
  readonly onTotal?: (steps: number) => void;
  readonly onStep?: (what: string) => void;
}

/** The figure that the candidates of one place are held against each other by, and what each reaches. */
export async function accuraciesOf(
  manifests: readonly Manifest[],
  wish: AccuracyWish,
): Promise<{ readonly figure: Place['figure']; readonly accuracies: Accuracies }> {
  const tables = wish.on ? await measured(manifests, wish.on, wish) : manifests.map(recorded);
  const forms = wish.on?.protocol.forms ?? PROTOCOLS.find(({ name }) => name === manifests[0]?.evaluation)?.forms ?? {};
  const name = wish.figure ?? nameOf(tables, forms);
  const accuracies = manifests.map(({ name: of }, i) => [of, column(tables[i] ?? new Map(), name)] as const);
  const known = accuracies.some(([, one]) => one.size > 0);
  const { better, unit }: FigureForm = forms[name ?? ''] ?? { better: 'higher', unit: 'share' };
  return { figure: name !== undefined && known ? { name, better, unit } : null, accuracies: new Map(accuracies) };
}

/** Figures by variant, then by name. */
type Table = ReadonlyMap<string, ReadonlyMap<string, Accuracy>>;

function nameOf(tables: readonly Table[], forms: Readonly<Record<string, FigureForm>>): string | undefined {
  const [first] = tables.flatMap((table) => [...table.values()]);
  return [...Object.keys(forms), ...(first?.keys() ?? [])].find((name) => tables.some((table) => column(table, name).size > 0));
}

const column = (table: Table, name: string | undefined): ReadonlyMap<string, Accuracy> =>
  new Map(
    [...table].flatMap(([variant, figures]) => {
      const found = figures.get(name ?? '');
      return found ? [[variant, found] as const] : [];
    }),
  );

function recorded({ variants }: Manifest): Table {
  return new Map(
    Object.entries(variants).map(([variant, { figures = {} }]) => {
      const read = Object.entries(figures).flatMap(([name, figure]) => {
        const accuracy = accuracyOf(figure);
        return accuracy ? [[name, accuracy] as const] : [];
      });
      return [variant, new Map(read)];
    }),
  );
}

/** `{value, low, high}`, or a number alone. */
function accuracyOf(figure: unknown): Accuracy | null {
  if (typeof figure === 'number') return { value: figure, low: null, high: null };
  if (typeof figure !== 'object' || figure === null) return null;
  const { value, low, high } = figure as Readonly<Record<string, unknown>>;
  const number = (of: unknown) => (typeof of === 'number' ? of : null);
  return typeof value === 'number' ? { value, low: number(low), high: number(high) } : null;
}

async function measured(
  manifests: readonly Manifest[],
  { protocol, folder }: NonNullable<AccuracyWish['on']>,
  { providers, onTotal, onStep }: AccuracyWish,
): Promise<readonly Table[]> {
  const told = { ...(onTotal ? { onTotal } : {}), ...(onStep ? { onStep } : {}) };
  const tables: Table[] = [];
  for (const manifest of manifests) {
    const found = await evaluate(manifest, protocol, { folder, providers, variants: Object.keys(manifest.variants), ...told });
    tables.push(
      new Map(
        found.map(({ variant, figures }) => {
          const read = Object.entries(figures).flatMap(([name, { int8, fp32, low, high }]) => {
            const value = variant === 'fp32' ? fp32 : int8;
            return value === null ? [] : [[name, { value, low, high }] as const];
          });
          return [variant, new Map(read)];
        }),
      ),
    );
  }
  return tables;
}
