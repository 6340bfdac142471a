/** Facts as the config has them become those that a plan is made with. Pure. */
import type { FactsConfig, FactsFile } from '../../config/planning.ts';
import { instantOf } from '../../decisions/scheduling/line/instants.ts';
import type { LineFacts, RecipeFacts, Spread } from '../../decisions/scheduling/line/orders.ts';

/** Without hours, holds and what it is set up for: those are of the moment. */
export function factsOf({ recipes, setup, stops, tool }: FactsConfig): LineFacts {
  const spread = (mean: number): Spread => ({ mean, deviation: mean * setup.spread });
  return {
    recipes: mapped(
      recipes,
      ({ cycle, cycle_spread, scrap, scrap_spread }): RecipeFacts => ({
        cycle: { mean: cycle, deviation: cycle * cycle_spread },
        scrap: { mean: scrap, deviation: scrap_spread },
      }),
    ),
    setup: { default: spread(setup.default), from: mapped(setup.from, (to) => mapped(to, spread)), material: setup.material },
    stops: stops ? { between: stops.between, lasts: { mean: stops.lasts, deviation: stops.lasts * stops.spread } } : null,
    tool: tool ? { life: tool.life, left: Math.min(tool.left ?? tool.life, tool.life), change: tool.change } : null,
    closed: [],
    standing: null,
  };
}

/** Of a file for a desk. Instants that no calendar has are left out; `wrong` is told of them. */
export function factsOfFile(file: FactsFile, wrong: (why: string) => void): LineFacts {
  const closed = file.closed.flatMap(({ from, to, why }, n) => {
    const [begins, ends] = [instantOf(from), instantOf(to)];
    if (begins !== null && ends !== null && ends > begins) return [{ from: begins, to: ends, why }];
    wrong(`closed[${n}] is from ${from} to ${to}, which is no stretch of time`);
    return [];
  });
  const { standing } = file;
  return { ...factsOf(file), closed, standing: standing ? { recipe: standing.recipe, material: standing.material ?? null } : null };
}

/** fromEntries makes `__proto__` a key like any other. */
const mapped = <A, B>(of: Readonly<Record<string, A>>, to: (value: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, to(value)]));
