/** The files of a text package that are no network. */
export const READER_FILES = ['normaliser.json', 'english.txt', 'vocabulary.txt'] as const;
export type ReaderFiles = Readonly<Record<(typeof READER_FILES)[number], string>>;
