/** Notes with people in them, rendered: which of them the masking finds, and how many words it takes that are nobody's. */
import { type Share, shareOf } from '../../language/judge.ts';
import { maskPeople } from '../../language/people.ts';
import { drawn } from './drawn.ts';
import { germanNotes } from './german.ts';

const NAMES = [
  'Müller',
  'Schmidt',
  'Yılmaz',
  'Kowalski',
  'Nguyen',
  'Hoffmann',
  'Krüger',
  'Öztürk',
  'Petrović',
  'Lehmann',
  'García',
  'Weiß',
  'Ivanova',
  'Brandt',
  'O’Neill',
  'Schröder',
  'Fischer',
  'Demir',
  'Walker',
  'Popescu',
] as const;
/** The plant lists every other one. */
const LISTED = NAMES.filter((_, i) => i % 2 === 0);
const UNLISTED = NAMES.filter((_, i) => i % 2 === 1);

type Draw = ReturnType<typeof drawn>;
/** What is to be gone, and how it stands in a note. */
const FORMS: Readonly<Record<string, (draw: Draw) => readonly [secret: string, words: string]>> = {
  titled: (draw) => {
    const name = draw(UNLISTED);
    return [
      name,
      draw([`Hr. ${name} inf.`, `Herr ${name} weiß Bescheid`, `Frau ${name} angerufen`, `told Mr ${name}`, `mit Hrn. ${name} bespr.`]),
    ];
  },
  announced: (draw) => {
    const name = draw(UNLISTED);
    return [name, draw([`gez. ${name}`, `i.A. ${name}`, `Koll. ${name} hilft`, `Schichtführer ${name} inf.`, `reported by ${name}`])];
  },
  listed: (draw) => {
    const name = draw(LISTED);
    const plain = name.replaceAll('ü', 'ue').replaceAll('ö', 'oe').replaceAll('ß', 'ss');
    const form = draw([name, name.toUpperCase(), name.toLowerCase(), plain, `K. ${name}`]);
    return [form.replace('K. ', ''), draw([`${form} kommt morgen`, `(${form})`, `ask ${form}`, `lt. ${form} ok`])];
  },
  unlisted: (draw) => {
    const name = draw(UNLISTED);
    return [name, draw([`${name} kommt morgen`, `(${name})`, `ask ${name}`, `lt. ${name} ok`])];
  },
  number: (draw) => {
    const id = String(1000 + draw(Array.from({ length: 9000 }, (_, i) => i)));
    return [id, draw([`MA ${id}`, `Pers.-Nr. ${id}`, `operator ${id}`, `Bediener: ${id}`, `employee no. ${id}`])];
  },
  mail: (draw) => {
    const mail = `${draw(['a', 'k', 't'])}.${draw(UNLISTED).toLowerCase()}@werk.example`;
    return [mail, draw([`Mail an ${mail}`, `see ${mail}`])];
  },
  phone: (draw) => {
    const phone = draw(['4722', '0351 448812', '+49 351 4488120', '0171/2345678']);
    return [phone, phone === '4722' ? `Tel. ${phone}` : draw([`Tel. ${phone}`, `ruf ${phone} an`])];
  },
};

export interface PeopleFigures {
  /** Of each form, how often nothing of it was left. */
  readonly gone: Readonly<Record<string, Share>>;
  /** Of words in notes without anybody, how many were taken for somebody. */
  readonly taken_wrongly: Share;
}

export function peopleFigures(seed: number, each = 200): PeopleFigures {
  const draw = drawn(seed);
  const people = { names: LISTED, code: () => 'code' };
  const notes = germanNotes(each * 4, seed);
  const gone = Object.fromEntries(
    Object.entries(FORMS).map(([form, made]) => {
      const left = Array.from({ length: each }, () => {
        const [secret, words] = made(draw);
        const note = draw([`${draw(notes).text} ${words}`, `${words} ${draw(notes).text}`]);
        return !maskPeople(note, people).includes(secret);
      });
      return [form, shareOf(left.filter(Boolean).length, each)];
    }),
  );
  const words = notes.map(({ text }) => ({ text, masked: maskPeople(text, people) }));
  const all = words.reduce((sum, { text }) => sum + text.split(/\s+/).length, 0);
  const wrong = words.reduce((sum, { masked }) => sum + (masked.match(/<(name|mail|phone|person)/g)?.length ?? 0), 0);
  return { gone, taken_wrongly: shareOf(wrong, all) };
}
