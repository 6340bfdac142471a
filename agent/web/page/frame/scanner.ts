/**
 * A hand scanner types like a keyboard: the serial, then Enter. Anywhere outside a text field that opens the part. A person's single keys
 * (tab, space, a letter) are no scan: what came longer ago than a scanner pauses is forgotten.
 */
const PAUSE = 1500;
const LONGEST = 256;

export function listenForScans(onScan: (part: string) => void): () => void {
  let typed = '';
  let last = 0;
  const onEnter = (event: KeyboardEvent) => {
    const part = typed.trim();
    typed = '';
    if (part === '') return;
    // Else Enter would press what has the focus.
    event.preventDefault();
    event.stopPropagation();
    onScan(part);
  };
  const onKey = (event: KeyboardEvent) => {
    if (isShortcut(event) || isTextField(event.target)) return;
    if (event.timeStamp - last > PAUSE) typed = '';
    last = event.timeStamp;
    if (event.key === 'Enter') return onEnter(event);
    if (event.key.length > 1 || typed.length >= LONGEST) return;
    // Within a serial a space presses no button.
    if (event.key === ' ' && typed !== '') event.preventDefault();
    typed += event.key;
  };
  addEventListener('keydown', onKey, { capture: true });
  return () => removeEventListener('keydown', onKey, { capture: true });
}

const isShortcut = ({ ctrlKey, altKey, metaKey, isComposing }: KeyboardEvent): boolean => ctrlKey || altKey || metaKey || isComposing;

/** Inputs that take no text. */
const TOUCHED = new Set(['checkbox', 'radio', 'range']);

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    // Typing into a list chooses from it.
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !TOUCHED.has(target.type))
  );
}
