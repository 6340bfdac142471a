/** The picture of a station's last part: asked for while it is in view, one at a time, so that a slow way gets fewer pictures and not later ones. */
import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { ageOf, momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

const AT_MOST_EVERY = 500;
const WITHIN = 5000;

interface Seen {
  readonly address: string;
  readonly captured: number;
}

export function LastPicture(props: {
  readonly station: string;
  readonly part: string | undefined;
  /** Nothing came for longer than the line's rhythm. */
  readonly old: boolean;
}): JSX.Element {
  const [seen, setSeen] = createSignal<Seen | null>(null);
  const [inView, setInView] = createSignal(false);
  let box: HTMLElement | undefined;
  let busy = false;
  let wanted = false;
  let gone = false;
  const show = (next: Seen | null) => {
    const before = seen();
    setSeen(next);
    if (before) URL.revokeObjectURL(before.address);
  };
  const look = async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted && !gone && inView() && !document.hidden) {
      wanted = false;
      const next = await pictureOf(props.station, (box?.clientWidth ?? 320) * devicePixelRatio);
      if (next && !gone) show(next);
      else if (next) URL.revokeObjectURL(next.address);
      await new Promise((resolve) => setTimeout(resolve, AT_MOST_EVERY));
    }
    busy = false;
  };
  createEffect(on([() => props.part, inView], () => void look()));
  onMount(() => {
    const watch = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false));
    if (box) watch.observe(box);
    const visible = () => void look();
    document.addEventListener('visibilitychange', visible);
    onCleanup(() => {
      gone = true;
      watch.disconnect();
      document.removeEventListener('visibilitychange', visible);
      show(null);
    });
  });
  return (
    <figure class="live picture" classList={{ old: props.old }} ref={box}>
      <Show when={seen()} fallback={<p class="soft">{words.line.noPicture}</p>}>
        {(picture) => (
          <>
            <img src={picture().address} alt={words.line.picture(props.station)} />
            <figcaption class="soft">
              {props.old ? words.line.noPictureSince(momentOf(picture().captured)) : words.line.pictureOf(ageOf(picture().captured))}
            </figcaption>
          </>
        )}
      </Show>
    </figure>
  );
}

/** Widths in steps: few sizes, so that many viewers share what was made. */
const STEP = 320;
const WIDEST = 1280;

async function pictureOf(station: string, width: number): Promise<Seen | null> {
  const wide = Math.min(WIDEST, Math.max(STEP, Math.ceil(width / STEP) * STEP));
  try {
    const reply = await fetch(`${API}/stations/${encodeURIComponent(station)}/picture?width=${wide}`, {
      signal: AbortSignal.timeout(WITHIN),
    });
    // Without content: there is none yet, and the next part brings it.
    if (reply.status !== 200) return null;
    const captured = Number(reply.headers.get('x-lineside-captured'));
    return { address: URL.createObjectURL(await reply.blob()), captured };
  } catch {
    return null;
  }
}
