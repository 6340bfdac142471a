/** What the record of a part says of the gauge study that it is of. */

/** A part that is of a study, or might have been: no production. Of its record. */
export interface StudyPart {
  /** As the config names the study. */
  readonly name: string;
  /** Null: none was open, and it is a master part all the same. */
  readonly study: string | null;
  /** Which showing it was; null: not the one that was asked for, or it could not be counted. */
  readonly showing: number | null;
}

/** The trigger that an announced part takes, where parts are told by their order. */
export interface Placed {
  readonly study: string;
  readonly name: string;
  readonly showing: number;
}
