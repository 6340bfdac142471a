/**
 * German maintenance shorthand, rendered: assets, faults and work as people on the shop floor shorten them, drawn with a seed. It stands for
 * no plant; it says how much of such texts the English tables know, and what a head learns from them all the same.
 */
import { drawn } from './drawn.ts';

const ASSETS = [
  'Pumpe',
  'Pu.',
  'Hydraulikpu.',
  'Motor',
  'Mot.',
  'Getriebe',
  'Getr.',
  'Förderband',
  'FB',
  'Förderb. 3',
  'Lüfter',
  'Zyl.',
  'Zylinder',
  'Presse',
  'Pr. 2',
  'Ventil',
  'MV 12',
  'Kompr.',
  'Kompressor',
  'Rolle',
  'Walze',
  'Wz.',
  'Werkzeug',
  'Spindel',
  'Greifer',
  'Kühlaggr.',
  'Schaltschr.',
  'Sensor',
  'BMK 4711',
  'Absaugung',
] as const;
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  undicht: [
    'undicht',
    'undi.',
    'leckt',
    'tropft',
    'Öl läuft aus',
    'verliert Öl',
    'Dichtg. def.',
    'Dichtung durch',
    'Leckage',
    'Schlauch geplatzt',
  ],
  verschlissen: [
    'verschl.',
    'verschlissen',
    'abgenutzt',
    'Lager ausgeschl.',
    'Belag runter',
    'Spiel zu groß',
    'eingelaufen',
    'Zähne ausgebr.',
    'am Ende',
  ],
  elektrisch: [
    'FI fliegt',
    'Sich. gefallen',
    'Kabelbruch',
    'kein Signal',
    'Wackelkont.',
    'FU Störung',
    'Motorschutz ausgel.',
    'Spannung weg',
    'Endsch. def.',
  ],
  heiß: ['zu heiß', 'läuft heiß', 'Übertemp.', 'Temp. zu hoch', 'überhitzt', 'heißgelaufen', 'Kühlung ausgef.'],
  blockiert: ['klemmt', 'blockiert', 'fest', 'Späne drin', 'verstopft', 'dreht n. mehr', 'schwergängig', 'Material eingeklemmt'],
  none: ['gereinigt', 'geprüft i.O.', 'Wartung lt. Plan', 'Sichtprüf. o.B.', 'nachgezogen', 'abgeschmiert', 'umgerüstet', 'n.V.'],
};
const WORK = [
  '',
  'get.',
  'getauscht',
  'erneuert',
  'bitte prüfen',
  'z.T. rep.',
  'Inst. inform.',
  'gewechselt',
  'neu best.',
  'Stillst. 20min',
  'nächste Schicht',
  'provis. abged.',
] as const;
const BEFORE = ['', 'Störung:', 'Stö.', 'wieder', 'schon wieder', 'seit FS', 'Nachtschicht:', 'Achtung'] as const;

export interface GermanNote {
  readonly text: string;
  readonly label: string;
}

/**
 * `phrases`: of each kind the first two thirds of its phrases, those that are left, or all. Of phrases that no head was shown, what it says is what
 * a plant may expect of words that nobody has labelled yet.
 */
export function germanNotes(count: number, seed: number, phrases: 'first' | 'rest' | 'all' = 'all'): readonly GermanNote[] {
  const draw = drawn(seed);
  const kinds = Object.keys(FAULTS);
  return Array.from({ length: count }, () => {
    const label = draw(kinds);
    const words = [draw(BEFORE), draw(ASSETS), draw(partOf(FAULTS[label] ?? [], phrases)), draw(WORK)].filter((word) => word !== '');
    const text = words.join(' ');
    return { text: draw([text, text, text.toLowerCase(), text.toUpperCase()]), label };
  });
}

function partOf(all: readonly string[], phrases: 'first' | 'rest' | 'all'): readonly string[] {
  const end = Math.ceil((2 * all.length) / 3);
  if (phrases === 'all') return all;
  return phrases === 'first' ? all.slice(0, end) : all.slice(end);
}
