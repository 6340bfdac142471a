/** One line that somebody types, with its name above it. */
import { createUniqueId, type JSX } from 'solid-js';

export function Field(props: {
  readonly label: string;
  readonly value: string;
  readonly set: (typed: string) => void;
  readonly example?: string;
  readonly secret?: boolean;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type={props.secret ? 'password' : 'text'}
        value={props.value}
        placeholder={props.example ?? ''}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={(event) => props.set(event.currentTarget.value.trim())}
      />
    </div>
  );
}
