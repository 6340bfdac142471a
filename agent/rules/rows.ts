/** The table that says where a part goes: the first row that fits, and the last one fits always. */
import { type Finding, type Reason, type RouteRowMatch, reasonWords, type Verdict } from '../contracts/index.ts';
import { asLinesideError } from '../errors.ts';
import { type Scope, surroundings } from './environment.ts';
import type { Expression } from './expression.ts';
import type { Facts } from './facts.ts';
import { compiled } from './verdict.ts';

export interface RowSpec {
  readonly verdict?: Verdict | readonly Verdict[] | undefined;
  readonly reason?: string | readonly string[] | undefined;
  readonly recipe?: string | readonly string[] | undefined;
  /** CEL. */
  readonly when?: string | undefined;
  readonly to: string;
}

export interface RowSet {
  /** `server.tag` of every tag the rows read. */
  readonly tags: readonly string[];
  /**
   * `facts.verdict` is that of the part, `reasons` are its own. A part has to go somewhere: where a row cannot be known (a bad tag) it goes to `unknown`; where the
   * table names none that row does not fit, and the one that does says why.
   */
  row(facts: Facts, reasons: readonly Reason[]): RouteRowMatch;
}

type Row = RowSpec & { readonly expression: Expression | undefined };

/** Throws RULE_FAILED for an expression that does not compile. */
export function compileRows(scope: Scope, table: readonly RowSpec[], unknownTo?: string): RowSet {
  const around = surroundings(
    scope,
    true,
    table.map(({ when }) => when),
  );
  const rows: readonly Row[] = table.map((row) => ({
    ...row,
    expression: row.when === undefined ? undefined : compiled(row.when, around),
  }));
  return {
    tags: [...new Set(rows.flatMap(({ expression }) => expression?.tags ?? []))],
    row: (facts, reasons) => {
      const unknown: string[] = [];
      const index = rows.findIndex((row) => {
        try {
          return fits(row, facts, reasons);
        } catch (thrown) {
          unknown.push(asLinesideError(thrown, 'RULE_FAILED', { rule: row.when ?? '' }).sentence);
          return unknownTo !== undefined;
        }
      });
      const [unsure] = unknown;
      if (unsure !== undefined && unknownTo !== undefined)
        return {
          index,
          to: unknownTo,
          reason: `${saidOf(facts, reasons)} (not known: ${unsure})`,
          rule: `not known → ${unknownTo}`,
          unsure,
        };
      return matched(rows, index < 0 ? rows.length - 1 : index, { facts, reasons, unknown });
    },
  };
}

interface Met {
  readonly facts: Facts;
  readonly reasons: readonly Reason[];
  readonly unknown: readonly string[];
}

function matched(rows: readonly Row[], index: number, { facts, reasons, unknown }: Met): RouteRowMatch {
  const row = rows[index];
  const evidence = row?.expression?.evidence(facts) ?? '';
  const own = [saidOf(facts, reasons), evidence].filter((text) => text !== '').join('; ');
  return {
    index,
    to: row?.to ?? '',
    reason: unknown.length > 0 ? `${own} (not known: ${unknown[0]})` : own,
    rule: row ? ruleOf(row) : '',
    unsure: unknown[0] ?? null,
  };
}

const saidOf = (facts: Facts, reasons: readonly Reason[]): string =>
  [facts.verdict ?? '', reasons[0]?.text ?? ''].filter((text) => text !== '').join(': ');

const fits = ({ verdict, reason, recipe, expression }: Row, facts: Facts, reasons: readonly Reason[]): boolean =>
  isAmong(verdict, [facts.verdict ?? '']) &&
  isAmong(recipe, [facts.recipe]) &&
  (reason === undefined || isAmong(reason, namesOf(reasons, Object.values(facts.findings)))) &&
  (expression === undefined || expression.holds(facts));

const isAmong = (wanted: string | readonly string[] | undefined, are: readonly string[]): boolean =>
  wanted === undefined || [wanted].flat().some((one) => are.includes(one));

/** What a reason may be called by: as in `reason` of a challenge. */
const namesOf = (reasons: readonly Reason[], findings: readonly Finding[]): readonly string[] => [
  ...reasons.flatMap((reason) => [reason.text, reasonWords(reason), reason.rule ?? '', reason.code ?? '']),
  ...findings.map(({ label }) => label ?? ''),
];

/** `verdict nok, reason crack → scrap` */
function ruleOf({ verdict, reason, recipe, when, to }: RowSpec): string {
  const conditions = Object.entries({ verdict, reason, recipe, when }).flatMap(([key, value]) =>
    value === undefined ? [] : [key === 'when' ? String(value) : `${key} ${[value].flat().join(' or ')}`],
  );
  return `${conditions.join(', ') || 'all others'} → ${to}`;
}
