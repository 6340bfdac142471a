/** Paths as people write them elsewhere: what a shell, a browser or Windows makes of them, the agent takes by the letter. */
import { decoded } from '../../contracts/secrets.ts';
import type { Path } from '../document.ts';
import type { Check } from './check.ts';

export function checkPaths(check: Check): void {
  const { store, inference, mqtt, cameras } = check.config;
  look(check, ['store', 'path'], store.path);
  look(check, ['inference', 'models'], inference.models);
  for (const key of ['ca', 'cert', 'key'] as const) look(check, ['mqtt', key], mqtt?.[key]);
  for (const [name, { url, options }] of Object.entries(cameras)) {
    if (url.scheme === 'dir') look(check, ['cameras', name, 'url'], url.target.slice('dir://'.length), 'dir://');
    if (typeof options['csv'] === 'string') look(check, ['cameras', name, 'csv'], options['csv']);
  }
}

function look(check: Check, path: Path, value: string | undefined, scheme = ''): void {
  const mend = value === undefined ? undefined : mendOf(value);
  if (mend !== undefined) check.fault(path, `is ${scheme}${value}, ${mend.why}; write ${scheme}${mend.write}`);
}

/** Why this is no path here, and what was probably meant; undefined where it is one. */
export function mendOf(value: string): { readonly why: string; readonly write: string } | undefined {
  const home = /^(?:~|\$HOME|%(?:USERPROFILE|HOME)%)(?:[/\\](.*))?$/i.exec(value);
  if (home)
    return { why: 'and the home folder is filled in by a shell only', write: `\${env:HOME}${home[1] ? `/${slashes(home[1])}` : ''}` };
  if (/^~[a-z_][\w-]*(?:\/|$)/i.test(value))
    return { why: 'and home folders are filled in by a shell only', write: 'the whole path, such as /home/name' };
  const variable = /^\$(\w+)(?:\/(.*))?$/.exec(value);
  if (variable) {
    const [, name = '', rest] = variable;
    return { why: 'and variables are filled in by a shell only', write: `\${env:${name}}${rest === undefined ? '' : `/${rest}`}` };
  }
  const address = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(value);
  if (address) return { why: 'and an address is no path', write: decoded(address[1] ?? '') };
  if (/^(?:smb|cifs|nfs|s?ftp|ssh|https?):\/\//i.test(value))
    return { why: 'and an address is no path', write: 'the folder of this box at which it is mounted' };
  if (/^\$\(|^`/.test(value)) return { why: 'and commands are run by a shell only', write: 'the path itself' };
  if (process.platform === 'win32') return undefined;
  const drive = /^\/?([a-z]):[\\/](.*)$/i.exec(value);
  if (drive) return { why: 'and there are no drives on this system', write: `a path of this box such as /${slashes(drive[2] ?? '')}` };
  return value.includes('\\') ? { why: 'and \\ is a letter of a name here', write: slashes(value) } : undefined;
}

const slashes = (text: string) => text.replaceAll('\\', '/');
