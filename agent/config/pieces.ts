/** Pieces that the schema is made of: names, tags, regions, closed blocks. */
import { type TCodec, type TSchema, type TString, type TStringOptions, Type } from 'typebox';
import { Address, Secret } from '../contracts/secrets.ts';

export const closed = { additionalProperties: false } as const;
/** `x-form` says in words what a pattern wants; faults and the reference page speak it. */
export const form = (words: string) => ({ 'x-form': words });
/**
 * What a change of a key starts anew while the agent runs: nothing; the publisher; the camera or server it belongs to; the stations it
 * belongs to; or the whole agent. Said once at a block, it holds for everything in it that says nothing else.
 */
export type Scope = 'none' | 'publisher' | 'source' | 'station' | 'agent';
export const restarts = (scope: Scope) => ({ 'x-restarts': scope });
export const name = '^[a-z][a-z0-9_]*$';
/** OPC 10000-6, 5.3.1.10 and 5.3.1.11. */
export const nodeId = '^(nsu=[^;]+;|ns=\\d+;)?[isgb]=.+';
export const dict = <T extends TSchema>(value: T, description: string) =>
  Type.Record(Type.String({ pattern: name }), value, { description });
export const tagName = (description: string) =>
  Type.String({ pattern: '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$', description, ...form('a tag as server.tag, such as plc.die_temp') });
export const RegionSchema = (description: string) =>
  Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })], {
    description,
  });
/** A password: code gets it as a Secret, which cannot be printed. */
export const SecretText = (options: TStringOptions): TCodec<TString, Secret> =>
  Type.Codec(Type.String({ ...options, 'x-secret': true }))
    .Decode((text) => new Secret(text))
    .Encode((secret) => secret.reveal());
/** An address, its credentials apart. What `${…}` in it stands for is percent-encoded where the config is read (config/address.ts). */
export const AddressText = (options: TStringOptions): TCodec<TString, Address> =>
  Type.Codec(Type.String({ ...options, 'x-address': true }))
    .Decode((text) => Address.of(text))
    .Encode((address) => address.reveal());
