/** Rules and decisions: every expression compiles against the models and tags that its station has. */
import type { Check } from '../references.ts';
import type { StationConfig } from '../schema.ts';
import { type ExpressionSpec, type PackageSummary, RESERVED_NAMES } from '../targets.ts';
import { isNumeric, tagOf } from './tags.ts';

export function checkExpressions(check: Check): void {
  for (const [name, station] of Object.entries(check.config.stations)) {
    const reserved = check.declared(['stations', name, 'models']).filter((model) => RESERVED_NAMES.has(model));
    for (const model of reserved) {
      check.fault(['stations', name, 'models', model], 'has a name that means something else in expressions; take another', 'key');
    }
    if (reserved.length > 0 || !check.compile) continue;
    for (const { list, index, start, end, text } of check.compile(specOf(check, name, station))) {
      check.faultIn(['stations', name, list, index, 'when'], start, end, text);
    }
  }
}

/** The labels that a finding may have; of a reader they are the characters, and its label is the whole text. */
const words = ({ kind, labels }: PackageSummary) => (kind === 'read' ? undefined : labels);

function specOf(check: Check, name: string, { models, recipes, rules, decisions }: StationConfig): ExpressionSpec {
  const known = check.declared(['stations', name, 'models']).map((key) => {
    const own = models[key];
    const changes = [own, ...Object.values(recipes ?? {}).map((recipe) => recipe.models[key])];
    const changed = changes.flatMap((change) => [change?.model ?? [], change?.shadow?.model ?? []].flat());
    const packages = own ? changed.map((model) => check.shelf?.packages.get(model)) : [];
    const labels = packages.map((found) => (typeof found === 'object' ? words(found) : undefined));
    const all = labels.length > 0 && labels.every((list) => list !== undefined) ? labels.flat() : undefined;
    return [key, all ? { labels: all } : {}] as const;
  });
  const tags = check.tagNames.map((tag) => [tag, isNumeric(tagOf(check.config, tag)) ? 'number' : 'any'] as const);
  return { models: Object.fromEntries(known), tags: Object.fromEntries(tags), rules, decisions };
}
