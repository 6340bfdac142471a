/**
 * A loaded config on its way out of the process that read it. Secrets and addresses have private parts, which no copy between
 * processes carries; they travel as Maps, which no config holds otherwise.
 */
import { Address, Secret } from '../contracts/secrets.ts';
import type { Covered } from './covered.ts';
import { type ConfigFault, ConfigInvalid } from './faults.ts';
import type { LoadedConfig } from './load.ts';

export type Packed =
  | { readonly loaded: unknown }
  | {
      readonly invalid: {
        readonly file: string;
        readonly faults: readonly ConfigFault[];
        readonly warnings: readonly ConfigFault[];
        readonly more: number;
        readonly covered: Covered;
      };
    };

export const packLoaded = (loaded: LoadedConfig): Packed => ({ loaded: mapped(loaded, packedOne) });
export const packInvalid = ({ details, faults, warnings, more, covered }: ConfigInvalid): Packed => ({
  invalid: { file: String(details['file']), faults, warnings, more, covered },
});

/** Throws ConfigInvalid for one that was not good. */
export function unpack(packed: Packed): LoadedConfig {
  if ('loaded' in packed) return mapped(packed.loaded, unpackedOne) as LoadedConfig;
  const { file, faults, warnings, more, covered } = packed.invalid;
  throw new ConfigInvalid(file, faults, warnings, { more, covered });
}

function packedOne(value: object): unknown {
  if (value instanceof Secret) return new Map([['secret', value.reveal()]]);
  if (!(value instanceof Address)) return undefined;
  const { scheme, user, password, target } = value;
  return new Map(Object.entries({ scheme, user, password: password.reveal(), target, shown: value.shown }));
}

function unpackedOne(value: object): unknown {
  if (!(value instanceof Map)) return undefined;
  const part = (name: string): string => String(value.get(name) ?? '');
  if (value.has('secret')) return new Secret(part('secret'));
  return new Address({
    scheme: part('scheme'),
    user: part('user'),
    password: part('password'),
    target: part('target'),
    shown: part('shown'),
  });
}

/** A copy with every object that `one` knows replaced. */
function mapped(value: unknown, one: (value: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = one(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((item) => mapped(item, one));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, one)]));
}
