/** The two faults that most files here throw. */
import { LinesideError } from '../errors.ts';

/** The package cannot be used as it is; `why` says what to mend. */
export const invalid = (model: string, why: string): LinesideError => new LinesideError('MODEL_INVALID', { model, why });

/** The network gave something that is no finding. */
export const failed = (model: string, why: string): LinesideError => new LinesideError('MODEL_FAILED', { model, why });
