/** The broker that gets every verdict, where there is one. */
import { type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import type { BrokerTrial } from '../../api/types.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { asking, brokerAnswer, brokerSecrets, setAsking, unasked } from './answers.ts';
import { Field } from './field.tsx';
import { AddressAsked } from './trial.tsx';

const WITHIN = 60_000;

const tryBroker = () =>
  ask<BrokerTrial>('/first-config/broker', {
    method: 'POST',
    body: { broker: brokerAnswer(asking.broker), secrets: brokerSecrets(asking.broker) },
    within: WITHIN,
  });

export function BrokerStep(): JSX.Element {
  return (
    <>
      <p>{words.first.brokerWhy}</p>
      <AddressAsked
        of={asking.broker}
        set={(change) => setAsking('broker', change)}
        address={words.first.brokerAddress}
        example="mqtts://broker.plant:8883"
        ask={tryBroker}
        more={<Field label={words.first.ca} value={asking.broker.ca} set={(ca) => setAsking('broker', { ca, ...unasked })} />}
        trouble={<Trouble />}
      >
        <p>{asking.broker.trial?.said}</p>
      </AddressAsked>
    </>
  );
}

function Trouble(): JSX.Element {
  return (
    <Show when={asking.broker.trial?.unencrypted}>
      <TwoTouches
        what={words.first.unencrypted}
        effect={words.first.unencryptedBroker}
        confirm={words.first.unencryptedNow}
        work={async () => {
          setAsking('broker', 'unencrypted', true);
          const outcome = await tryBroker();
          if (outcome.ok) setAsking('broker', { trial: outcome.value, kept: false });
          return outcome;
        }}
      />
    </Show>
  );
}
