/** Planning: its station is there, and what is written may be written. */
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';
import { checkUse, type TagUse } from './tags.ts';

export function checkPlanning(check: Check): void {
  const { planning, stations } = check.config;
  if (!planning) return;
  const names = Object.keys(stations);
  // One that is broken is told already.
  if (check.sound && !names.includes(planning.station))
    check.fault(['planning', 'station'], `names the station ${planning.station}, which is not there${didYouMean(planning.station, names)}`);
  checkOrders(check);
  const use = (key: 'recipe' | 'order'): readonly TagUse[] => {
    const tag = planning.tell?.[key];
    return tag === undefined ? [] : [{ tag, path: ['planning', 'tell', key], use: 'write', values: ['text'] }];
  };
  for (const one of [...use('recipe'), ...use('order')]) checkUse(check, one, new Map());
}

function checkOrders(check: Check): void {
  const { planning, opcua } = check.config;
  const { orders } = planning ?? {};
  const at = ['planning', 'orders'];
  if (!orders || !check.sound) return;
  if (orders.file === undefined && orders.opcua === undefined)
    check.fault(at, 'names neither `file` nor `opcua`; leave it out where orders come by MQTT alone', 'key');
  const { server } = orders.opcua ?? {};
  const names = Object.keys(opcua);
  if (server !== undefined && !names.includes(server))
    check.fault([...at, 'opcua', 'server'], `names the server ${server}, which is not there${didYouMean(server, names)}`);
}
