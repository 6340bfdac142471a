/** What is looked for among the parts. Each field goes into the address as soon as it is left. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { words } from '../../words.ts';
import { type Address, FIELDS, type Field, isAll } from './wish.ts';

interface FieldsOf {
  readonly address: Address;
  readonly go: (address: Address) => void;
}

/** Those that most questions need; the others behind a button. */
const FIRST: readonly Field[] = ['station', 'verdict', 'from', 'to'];
const TYPES: Partial<Record<Field, string>> = { from: 'datetime-local', to: 'datetime-local', score_from: 'number', score_to: 'number' };

export function Filters(props: FieldsOf): JSX.Element {
  const used = () => FIELDS.some((field) => !FIRST.includes(field) && props.address[field]);
  const [all, setAll] = createSignal(used());
  return (
    <form class="filters row" aria-label={words.parts.filters} onSubmit={(event) => event.preventDefault()}>
      <For each={FIELDS.filter((field) => FIRST.includes(field))}>{(field) => <One field={field} {...props} />}</For>
      <Show when={all()}>
        <For each={FIELDS.filter((field) => !FIRST.includes(field))}>{(field) => <One field={field} {...props} />}</For>
      </Show>
      <button type="button" aria-expanded={all()} onClick={() => setAll(!all())}>
        {all() ? words.parts.fewer : words.parts.moreFilters}
      </button>
      <Show when={!isAll({ ...props.address, cursor: undefined })}>
        <button type="button" onClick={() => props.go(NOTHING)}>
          {words.parts.clear}
        </button>
      </Show>
    </form>
  );
}

const NOTHING: Address = Object.fromEntries([...FIELDS, 'cursor'].map((field) => [field, undefined]));

function One(props: FieldsOf & { readonly field: Field }): JSX.Element {
  const choices = () => choicesOf(props.field);
  // Another question begins at its newest.
  const set = (value: string) => props.go({ [props.field]: value === '' ? undefined : value, cursor: undefined });
  const id = () => `filter-${props.field}`;
  return (
    <div class="field">
      <label for={id()}>{words.parts.fields[props.field]}</label>
      <Show
        when={choices()}
        fallback={
          <input
            id={id()}
            type={TYPES[props.field] ?? 'text'}
            step={TYPES[props.field] === 'datetime-local' ? 1 : 'any'}
            value={props.address[props.field] ?? ''}
            onChange={(event) => set(event.currentTarget.value.trim())}
          />
        }
      >
        {(known) => (
          <select id={id()} onChange={(event) => set(event.currentTarget.value)}>
            <option value="">{words.parts.any}</option>
            <For each={known()}>
              {([value, name]) => (
                <option value={value} selected={value === props.address[props.field]}>
                  {name}
                </option>
              )}
            </For>
          </select>
        )}
      </Show>
    </div>
  );
}

function choicesOf(field: Field): readonly (readonly [string, string])[] | null {
  if (field === 'station') return Object.keys(shown.line?.stations ?? {}).map((name) => [name, name]);
  if (field === 'verdict') return (['ok', 'nok', 'review'] as const).map((verdict) => [verdict, words.verdict[verdict]]);
  if (field === 'outcome') return Object.entries(words.parts.outcomes);
  return null;
}
