/** Addresses of those who ask. Pure. */
import { BlockList, isIP } from 'node:net';

/** This box itself, as a socket tells it. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Where the server listens, as the config says it: only this box can reach it there. */
export function isLocalHost(host: string): boolean {
  return host.toLowerCase() === 'localhost' || isLoopback(host);
}

/** Whether an address is one of these, or in one of these networks (`10.1.0.0/16`). What is neither is passed over: the config's check tells. */
export function membersOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) continue;
    if (bits === undefined) list.addAddress(address, family);
    else if (Number(bits) <= (family === 'ipv6' ? 128 : 32)) list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
    return isIP(plain) > 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
}
