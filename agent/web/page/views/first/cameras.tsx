/** The cameras of the station: each shows a picture before the next step, or is kept as it is. */
import { createEffect, createMemo, createUniqueId, For, Index, type JSX, on, onCleanup, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import type { CameraTrial, FirstConfig } from '../../api/types.ts';
import { words } from '../../words.ts';
import {
  addCamera,
  asking,
  type CameraAsked,
  cameraAnswer,
  cameraName,
  cameraSecrets,
  isSettled,
  MOST_CAMERAS,
  removeCamera,
  setAsking,
} from './answers.ts';
import { AddressAsked } from './trial.tsx';

const WITHIN = 60_000;
/** As `lineside init` proposes it. */
const USUAL = 'surface-defect';
type Packages = FirstConfig['packages'];

export function CamerasStep(props: { readonly packages: Packages }): JSX.Element {
  return (
    <>
      <p>{words.first.cameraWhy}</p>
      <Index each={asking.cameras}>{(camera, at) => <OneCamera of={camera()} at={at} packages={props.packages} />}</Index>
      <Show when={asking.cameras.length < MOST_CAMERAS && asking.cameras.every(isSettled)}>
        <p>
          <button type="button" onClick={addCamera}>
            {words.first.anotherCamera}
          </button>
        </p>
      </Show>
    </>
  );
}

function OneCamera(props: { readonly of: CameraAsked; readonly at: number; readonly packages: Packages }): JSX.Element {
  const id = createUniqueId();
  const try_ = () =>
    ask<CameraTrial>('/first-config/camera', {
      method: 'POST',
      body: { camera: cameraAnswer({ ...props.of, package: '', trial: null }, props.at), secrets: cameraSecrets(props.of, props.at) },
      within: WITHIN,
    });
  createEffect(
    on(
      () => props.packages,
      (packages) => {
        const usual = packages.find(({ name }) => name === USUAL) ?? packages[0];
        if (props.of.package === '' && usual) setAsking('cameras', props.at, 'package', usual.name);
      },
    ),
  );
  return (
    <fieldset class="stack camera">
      <legend>{words.first.camera(cameraName(props.at))}</legend>
      <AddressAsked
        of={props.of}
        set={(change) => setAsking('cameras', props.at, change)}
        address={words.first.cameraAddress}
        example="rtsp://10.1.3.31/stream1"
        ask={try_}
      >
        <Show when={props.of.trial?.picture}>{(picture) => <Picture of={picture()} name={cameraName(props.at)} />}</Show>
      </AddressAsked>
      <div class="field">
        <label for={id}>{words.first.package}</label>
        <select id={id} onChange={(event) => setAsking('cameras', props.at, 'package', event.currentTarget.value)}>
          <For each={props.packages}>
            {({ name, summary }) => (
              <option value={name} selected={props.of.package === name}>
                {summary === '' ? name : `${name}: ${summary}`}
              </option>
            )}
          </For>
        </select>
        <Show when={props.packages.length === 0}>
          <p class="bad">{words.first.noPackages}</p>
        </Show>
      </div>
      <Show when={props.at > 0}>
        <p>
          <button type="button" onClick={() => removeCamera(props.at)}>
            {words.first.withoutCamera}
          </button>
        </p>
      </Show>
    </fieldset>
  );
}

function Picture(props: { readonly of: NonNullable<CameraTrial['picture']>; readonly name: string }): JSX.Element {
  const address = createMemo(() => {
    const { jpeg } = props.of;
    if (jpeg === null) return null;
    const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
    const made = URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }));
    onCleanup(() => URL.revokeObjectURL(made));
    return made;
  });
  return (
    <figure class="seen">
      <Show when={address()}>
        {(at) => <img src={at()} alt={words.first.pictureOf(props.name)} width={props.of.width} height={props.of.height} />}
      </Show>
      <figcaption>{words.first.picture(props.of.width, props.of.height, props.of.format)}</figcaption>
    </figure>
  );
}
