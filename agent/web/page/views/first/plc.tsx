/** The PLC: let in, its certificate compared, its tags chosen. */
import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import type { PlcTrial } from '../../api/types.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { asking, plcAnswer, plcSecrets, proposed, ROLES, setAsking, type TagRole } from './answers.ts';
import { AddressAsked } from './trial.tsx';

/** Browsing a slow server takes as long as the agent lets it. */
const WITHIN = 110_000;

async function tryPlc() {
  const outcome = await ask<PlcTrial>('/first-config/plc', {
    method: 'POST',
    body: { plc: { ...plcAnswer({ ...asking.plc, trial: null, tags: {} }) }, secrets: plcSecrets(asking.plc) },
    within: WITHIN,
  });
  if (outcome.ok && outcome.value.ok) setAsking('plc', 'tags', { ...NO_TAGS, ...proposed(outcome.value) });
  return outcome;
}
const NO_TAGS: Readonly<Record<TagRole, undefined>> = {
  trigger: undefined,
  part: undefined,
  counter: undefined,
  verdict: undefined,
  verdict_part: undefined,
};

/** With what has just been said. */
async function again(): Promise<void> {
  const outcome = await tryPlc();
  if (outcome.ok) setAsking('plc', { trial: outcome.value, kept: false });
}

export function PlcStep(): JSX.Element {
  return (
    <>
      <p>{words.first.plcWhy}</p>
      <AddressAsked
        of={asking.plc}
        set={(change) => setAsking('plc', change)}
        address={words.first.plcAddress}
        example="opc.tcp://10.1.3.20:4840"
        ask={tryPlc}
        trouble={<Trouble />}
      >
        <Show when={asking.plc.trial?.found}>{(found) => <Tags of={found()} />}</Show>
      </AddressAsked>
    </>
  );
}

function Trouble(): JSX.Element {
  return (
    <>
      <Show when={asking.plc.trial?.untrusted}>
        {(shown) => (
          <TwoTouches
            what={words.first.trust}
            effect={
              <>
                {words.first.trusts} <span class="mono">{inFours(shown().fingerprint)}</span> <span>{shown().subject}</span>
              </>
            }
            confirm={words.first.trustNow}
            work={() => ask('/first-config/trust', { method: 'POST', body: { fingerprint: shown().fingerprint } })}
            done={() => void again()}
          />
        )}
      </Show>
      <Show when={asking.plc.trial?.weaker}>
        <TwoTouches
          what={words.first.unencrypted}
          effect={words.first.unencryptedPlc}
          confirm={words.first.unencryptedNow}
          work={async () => {
            setAsking('plc', 'unencrypted', true);
            await again();
            return { ok: true, value: null };
          }}
        />
      </Show>
    </>
  );
}

/** 64 digits are compared in pieces. */
const inFours = (fingerprint: string): string => (fingerprint.match(/.{1,4}/g) ?? []).join(' ');

function Tags(props: { readonly of: NonNullable<PlcTrial['found']> }): JSX.Element {
  return (
    <>
      <p>{words.first.found(props.of.candidates.length, `${props.of.security.mode} ${props.of.security.policy}`)}</p>
      <Show when={props.of.cut}>
        <p>{words.first.cut}</p>
      </Show>
      <div class="fields">
        <For each={ROLES}>{(role) => <Tag role={role} of={props.of} />}</For>
      </div>
    </>
  );
}

function Tag(props: { readonly role: TagRole; readonly of: NonNullable<PlcTrial['found']> }): JSX.Element {
  const id = createUniqueId();
  const proposal = () => props.of.proposals[props.role];
  /** Those that can be it, what its name says first. */
  const choices = () =>
    props.of.candidates
      .filter(({ roles }) => roles.includes(props.role))
      .sort((a, b) => Number(b.node === proposal()) - Number(a.node === proposal()));
  // Without a verdict there is no part that it is about.
  const isIdle = () => props.role === 'verdict_part' && !asking.plc.tags.verdict;
  return (
    <div class="field">
      <label for={id}>{words.first.roles[props.role]}</label>
      <select
        id={id}
        disabled={isIdle()}
        onChange={(event) => setAsking('plc', 'tags', props.role, event.currentTarget.value || undefined)}
      >
        <option value="" selected={asking.plc.tags[props.role] === undefined}>
          {words.first.none[props.role]}
        </option>
        <For each={choices()}>
          {({ node, name, type, path, value }) => (
            <option
              value={node}
              selected={asking.plc.tags[props.role] === node}
            >{`${name} (${type}${value === '' ? '' : ` = ${value}`})${path === '' ? '' : ` · ${path}`}`}</option>
          )}
        </For>
      </select>
    </div>
  );
}
