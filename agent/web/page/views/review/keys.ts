/**
 * Single keys of a person. A hand scanner types a whole serial within some milliseconds a key: what comes with others so close to it is not
 * somebody's finger, and labels nothing.
 */
const BURST = 70;

export function listenForKeys(onKey: (key: string) => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
    clearTimeout(timer);
    const isAlone = event.timeStamp - last > BURST;
    last = event.timeStamp;
    if (isAlone) timer = setTimeout(() => onKey(event.key), BURST);
  };
  addEventListener('keydown', listen);
  return () => {
    clearTimeout(timer);
    removeEventListener('keydown', listen);
  };
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
