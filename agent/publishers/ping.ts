/** Does the broker take us? For `lineside check`, beside an agent that may be running. */
import type { MqttConfig } from '../config/schema.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { assertSecure, brokerOptions, LONGEST_PACKET, safeUrl, targetUrl } from './broker-options.ts';
import { Wire } from './wire.ts';

/**
 * Connects and leaves, with a client id of its own and without a last will, so that a running agent is not thrown out. Returns what to
 * tell; throws MQTT_INSECURE, MQTT_REFUSED or MQTT_UNREACHABLE, at the latest after `patience`.
 */
export async function pingBroker(config: MqttConfig, patience: Milliseconds): Promise<string> {
  assertSecure(config);
  const url = safeUrl(config.url);
  const { will: _, ...mqtt } = await brokerOptions({ ...config, client_id: `lineside-check-${process.pid}` }, '', {
    topic: '-',
    payload: '',
  });
  const options = { target: targetUrl(config.url), url, mqtt, clock: systemClock, silence: patience, longest: LONGEST_PACKET, patience };
  const wire = await Wire.open(options, new AbortController().signal);
  await wire.close(true);
  return `${url} speaks MQTT ${config.version} and takes ${wire.capacity} messages at once`;
}
