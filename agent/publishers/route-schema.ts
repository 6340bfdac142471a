/** The payload about where parts are. */
import { Type } from 'typebox';
import { Length, Nullable, payload, Text } from './pieces.ts';

const Count = Type.Integer({ minimum: 0 });

export const RouteSchema = payload('route', 'Where parts are. Retained; only where `routes` is in the config.', {
  destinations: Type.Array(
    Type.Object({
      name: Text('Destination.'),
      action: Type.Enum(['pass', 'divert', 'hold', 'rework']),
      capacity: Nullable(Type.Integer({ minimum: 1, description: 'Parts that it holds; null: any number.' })),
      contents: Type.Integer({ minimum: 0, description: 'Parts that are there; 0 where nothing says that they leave.' }),
      under_way: Type.Integer({ minimum: 0, description: 'Parts on their way there.' }),
      oldest_ms: Nullable(Length('How long the oldest is there')),
      full: Type.Boolean({ description: 'Parts go elsewhere, or there is an alarm.' }),
      vanished: Type.Integer({ minimum: 0, description: 'Parts that did not arrive in time, and of which nothing was heard since.' }),
      strayed: Type.Integer({ minimum: 0, description: 'Parts that came and were not sent there, or lay somewhere else.' }),
      came: Type.Integer({ minimum: 0, description: 'Since the start of the agent, with those that were there.' }),
      gone: Type.Integer({ minimum: 0, description: 'Since the start of the agent.' }),
    }),
    { maxItems: 100 },
  ),
  under_way: Type.Integer({ minimum: 0, description: 'All that are on their way, with those of which the conveyor was not told.' }),
  dropped: { ...Count, description: 'Followed no longer since too many were, since the start of the agent.' },
});
