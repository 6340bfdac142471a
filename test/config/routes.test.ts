/** Where parts go, and what rules ask of other stations, in the config: every part has somewhere to go, and what is asked is there. */
import { describe, expect, it } from 'vitest';
import { followedIn } from '#agent/config/following.js';
import { changed, faultsOf, LINE, load } from './lines.ts';

const TAGS: [string, string] = [
  '      verdict: {node: "nsu=urn:press;s=Verdict", writable: true}\n',
  `      verdict: {node: "nsu=urn:press;s=Verdict", writable: true}
      route: {node: "nsu=urn:press;s=Route", writable: true}
      route_part: {node: "nsu=urn:press;s=RoutePart", writable: true}
      rework_in: {node: "nsu=urn:press;s=ReworkIn"}
      rework_out: {node: "nsu=urn:press;s=ReworkOut"}
      scrapped: {node: "nsu=urn:press;s=Scrapped"}
      emptied: {node: "nsu=urn:press;s=Emptied"}
`,
];
const TABLE = '{verdict: nok, reason: crack, to: scrap}, {when: "tags.die_temp > 320", to: rework}, {to: packing}';
const TELL = '{part: plc.route_part, to: plc.route}';
const DESTINATIONS =
  '{packing: {do: pass, value: 1}, rework: {do: rework, value: 2, capacity: 8, full: scrap, arrived: {part: plc.rework_in}, left: {part: plc.rework_out}}, scrap: {value: 3, arrived: {count: plc.scrapped}}}';

const routed = ({ table = TABLE, tell = TELL, destinations = DESTINATIONS, station = '' } = {}) =>
  changed(
    TAGS,
    ['    deadline: 200ms\n', `    deadline: 200ms\n    route: {table: [${table}], tell: ${tell}}\n${station}`],
    ['inference: {models: models}\n', `inference: {models: models}\nroutes: {destinations: ${destinations}}\n`],
  );
/** Without the places, which begin each of them. */
const told = async (text: string) => (await faultsOf(text)).map((fault) => fault.replace(/^(warning )?\d+:\d+: /, '$1'));
const destinationsWith = (more: string) => DESTINATIONS.replace('{packing', `{${more}, packing`);

describe('where parts go', () => {
  it('is what an integrator writes, with the rest filled in', async () => {
    const { config, warnings } = await load(routed());
    expect(warnings).toEqual([]);
    expect(config.routes?.destinations['rework']).toMatchObject({ do: 'rework', capacity: 8, full: 'scrap', within: 60_000 });
    expect(config.routes?.most).toBe(500);
    expect(config.stations['outlet']?.route?.table).toHaveLength(3);
  });

  it.each<[string, Parameters<typeof routed>[0], ...string[]]>([
    [
      'a part that no row is for',
      { table: '{verdict: nok, to: scrap}, {verdict: ok, to: packing}' },
      'stations.outlet.route.table says nothing of a part that no row is for; end it with a row that has `to` alone',
    ],
    [
      'a row that is never reached',
      { table: '{to: packing}, {verdict: nok, to: scrap}' },
      'warning stations.outlet.route.table[1] is never reached: the row in line 29 is for all parts',
    ],
    [
      'a destination that is not there',
      { table: '{verdict: nok, to: scrp}, {to: packing}' },
      'stations.outlet.route.table[0].to names the destination scrp, which is not there; did you mean scrap?',
    ],
    [
      'an expression that does not compile',
      { table: '{when: "tags.die_tmp > 3", to: scrap}, {to: packing}' },
      'stations.outlet.route.table[0].when: there is no tag die_tmp; did you mean die_temp?',
    ],
    [
      'a tag that may not be written',
      { tell: '{to: plc.rework_in}' },
      'stations.outlet.route.tell.to is written, and plc.rework_in is not writable; add writable: true to the tag if the PLC allows it',
      'routes.destinations.rework.arrived.part is plc.rework_in, which the agent writes itself (line 29): the conveyor says nothing by it',
    ],
    [
      'a circle of full places',
      {
        destinations: destinationsWith(
          'a: {value: 4, capacity: 1, full: b, left: {empty: plc.emptied}}, b: {value: 5, capacity: 1, full: a}',
        ),
      },
      'routes.destinations.a.full leads back to a: where all of them are full, a part has nowhere to go',
      'routes.destinations.b.full leads back to b: where all of them are full, a part has nowhere to go',
      'warning routes.destinations.b has a capacity, and nothing says when a place is free again: the command `route` alone empties it',
    ],
    [
      'a place that is full for ever',
      { destinations: destinationsWith('a: {value: 4, capacity: 1}') },
      'warning routes.destinations.a says not where parts go while it is full: they go there all the same, and an alarm tells (ROUTE_OVERFULL); name another under `full`',
      'warning routes.destinations.a has a capacity, and nothing says when a place is free again: the command `route` alone empties it',
    ],
    [
      'a place that is never full',
      { destinations: destinationsWith('a: {value: 4, full: scrap}') },
      'routes.destinations.a.full is never taken: a destination without `capacity` is never full',
    ],
    [
      'destinations that the conveyor cannot tell apart',
      { destinations: destinationsWith('a: {value: 1}') },
      'routes.destinations.packing.value is written as 1, as a is: the conveyor could not tell them apart',
    ],
    [
      'values of two kinds',
      { destinations: destinationsWith('a: {value: 4}, b: {}') },
      'routes.destinations.b is written as b, and others are written as number: one tag takes one kind; give each destination a `value`',
    ],
    [
      'a tag that says two things',
      { destinations: destinationsWith('a: {value: 4, arrived: {part: plc.rework_in}}') },
      'routes.destinations.rework.arrived.part is plc.rework_in, which is named at a.arrived already: nobody could tell what it says',
    ],
    [
      'a destination of parts that cannot be known, which is not there',
      { station: '', table: TABLE, tell: '{part: plc.route_part, to: plc.route}, unknown: scrp' },
      'stations.outlet.route.unknown names the destination scrp, which is not there; did you mean scrap?',
    ],
    [
      'a tag of the conveyor that a decision writes too',
      { tell: '{to: plc.reject}' },
      'stations.outlet.route.tell.to tells the conveyor the destination by plc.reject, which line 40 writes as well: give it a tag of its own',
    ],
    [
      'a destination that is written where the id is',
      { tell: '{to: plc.verdict}' },
      'stations.outlet.route.tell.to tells the conveyor the destination by plc.verdict, which line 31 writes as well: give it a tag of its own',
    ],
    [
      'a tag that the agent writes and the conveyor should speak by',
      { destinations: destinationsWith('a: {value: 4, arrived: {part: plc.route_part}}') },
      'routes.destinations.a.arrived.part is plc.route_part, which the agent writes itself (line 29): the conveyor says nothing by it',
    ],
    [
      'a tag that is not there',
      { destinations: destinationsWith('a: {value: 4, arrived: {part: plc.rework_inn}}') },
      'routes.destinations.a.arrived.part names the tag plc.rework_inn, which no server has; did you mean plc.rework_in?',
    ],
  ])('%s is told', async (_, wish, ...faults) => expect(await told(routed(wish))).toEqual(faults));

  it('two stations tell their conveyors by tags of their own, each by those of one server', async () => {
    const second = (tell: string) =>
      routed().replace(
        'inference:',
        `  second: {trigger: {tag: plc.reject}, part: plc.serial, models: {burr: {model: surface-defect}}, route: {table: [{to: packing}], tell: ${tell}}}\ninference:`,
      );
    expect(await told(second('{part: plc.route_part, to: plc.route}'))).toEqual([
      'stations.second.route.tell.part tells the conveyor the part by plc.route_part, which line 29 writes as well: give it a tag of its own',
      'stations.second.route.tell.to tells the conveyor the destination by plc.route, which line 29 writes as well: give it a tag of its own',
    ]);
    const other = second('{part: plc.second_part, to: cell.route}')
      .replace('      route: {', '      second_part: {node: "nsu=urn:press;s=SecondPart", writable: true}\n      route: {')
      .replace(
        'opcua:\n',
        'opcua:\n  cell:\n    endpoint: opc.tcp://192.168.0.11:4840\n    security: {mode: none}\n    tags: {route: {node: "nsu=urn:cell;s=Route", writable: true}}\n',
      );
    expect((await told(other)).filter((fault) => fault.includes('tell'))).toEqual([
      "stations.second.route.tell.to is written to cell, and the part's id, plc.second_part, to plc: the conveyor could read a destination under the id of another part; take one server",
    ]);
  });

  it('without destinations is told, and where no part has an id', async () => {
    const none = changed(TAGS, ['    deadline: 200ms\n', `    deadline: 200ms\n    route: {table: [{to: packing}]}\n`]);
    expect(await told(none)).toEqual(['stations.outlet.route leads nowhere: the config has no `routes` that names destinations']);
    expect(await told(routed().replace('    part: plc.serial\n', ''))).toEqual([
      'warning stations.outlet.route follows no part: the station has no `part` that says where an id comes from',
    ]);
  });
});

describe('what is asked of other stations', () => {
  const asking = (when: string, press = 'part: plc.serial, ') =>
    LINE.replace('    rules:\n', `    rules:\n      - {when: "${when}", verdict: nok}\n`).replace(
      'inference:',
      `  press: {trigger: {tag: plc.reject}, ${press}models: {burr: {model: surface-defect}}}\ninference:`,
    );

  it('is remembered there, of so many parts as the config says', async () => {
    const { config, warnings } = await load(asking("part.last('press').score('burr') > 0.5 || part.seen('press')"));
    expect(warnings).toEqual([]);
    expect([...followedIn(config.stations)]).toEqual([['press', { parts: 5000, scores: true }]]);
    expect([...followedIn((await load(LINE)).config.stations)]).toEqual([]);
  });

  it.each([
    ["part.seen('pres')", 'there is no station pres; did you mean press?'],
    ["part.seen('outlet')", 'outlet is this station itself: what it says of the part at hand is what these rules make'],
    ["part.last('press').score('bur') > 0.1", 'station press has no model bur; did you mean burr?'],
  ])('%s is told', async (when, text) => expect(await told(asking(when))).toEqual([`stations.outlet.rules[0].when: ${text}`]));

  it('a station without ids of parts is told', async () => {
    expect(await told(asking("part.seen('press')", ''))).toEqual([
      'stations.outlet.rules[0].when: station press knows no ids of parts: give it `part`, so that a part is known by the same id at both',
    ]);
  });
});
