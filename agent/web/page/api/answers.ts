/**
 * What /api/v1 answers, by method and path. Written by `npm run docs` out of the document that the agent serves; not by hand.
 */

export interface Answers {
  'GET /session': {
    session: {
      user: string;
      /**
       * Each may what those before it may.
       */
      role: 'operator' | 'technician' | 'admin';
      /**
       * ms since 1970, UTC
       */
      ends: number;
    } | null;
    /**
     * Asked on the box itself.
     */
    local: boolean;
    /**
     * Without signing in.
     */
    may_look: boolean;
    /**
     * false: nobody can sign in yet.
     */
    password_set: boolean;
  };
  'POST /session': {
    user: string;
    /**
     * Each may what those before it may.
     */
    role: 'operator' | 'technician' | 'admin';
    /**
     * ms since 1970, UTC
     */
    ends: number;
  };
  'PUT /session/password': {
    user: string;
    /**
     * Each may what those before it may.
     */
    role: 'operator' | 'technician' | 'admin';
    /**
     * ms since 1970, UTC
     */
    ends: number;
  };
  'POST /session/code': {
    file: string;
    good_for_s: number;
  };
  'POST /session/reset': {
    user: string;
    /**
     * Each may what those before it may.
     */
    role: 'operator' | 'technician' | 'admin';
    /**
     * ms since 1970, UTC
     */
    ends: number;
  };
  'GET /sessions': {
    id: string;
    user: string;
    /**
     * Each may what those before it may.
     */
    role: 'operator' | 'technician' | 'admin';
    /**
     * That it was begun from.
     */
    address: string;
    /**
     * ms since 1970, UTC
     */
    began: number;
    /**
     * ms since 1970, UTC
     */
    seen: number;
    /**
     * ms since 1970, UTC
     */
    ends: number;
    /**
     * The one that asks.
     */
    own: boolean;
  }[];
  'GET /users': {
    name: string;
    /**
     * Each may what those before it may.
     */
    role: 'operator' | 'technician' | 'admin';
    /**
     * ms since 1970, UTC
     */
    changed: number;
  }[];
  'PUT /users/{name}': {
    name: string;
    /**
     * Each may what those before it may.
     */
    role: 'operator' | 'technician' | 'admin';
    /**
     * ms since 1970, UTC
     */
    changed: number;
  };
  'GET /line': {
    /**
     * ms since 1970, UTC
     */
    at: number;
    /**
     * enterprise, site, area, line, agent
     */
    line: {
      [k: string]: string;
    };
    /**
     * Time zone of the box (IANA), which is the line’s.
     */
    zone: string;
    version: string;
    /**
     * Hash of the config that runs.
     */
    config: string;
    /**
     * No part is judged: the config file has been broken since the start, see /config.
     */
    safe_mode: boolean;
    ready: boolean;
    /**
     * What keeps the agent from judging.
     */
    waiting: string[];
    /**
     * By name.
     */
    stations: {
      [k: string]: {
        state: {
          /**
           * ms since 1970, UTC
           */
          at: number;
          enabled: boolean;
          disabled: {
            /**
             * ms since 1970, UTC
             */
            since: number;
            by: string | null;
          } | null;
          held: string | null;
          recipe: string;
          last: {
            part: string | null;
            verdict: 'ok' | 'nok' | 'review';
            /**
             * ms since 1970, UTC
             */
            at: number;
          } | null;
          /**
           * Since the first start.
           */
          counters: {
            ok: number;
            nok: number;
            review: number;
            missed: number;
            failed: number;
          };
          changeover: {
            recipe: string;
            /**
             * ms since 1970, UTC
             */
            since: number;
            counters: {
              ok: number;
              nok: number;
              review: number;
              missed: number;
              failed: number;
            };
          } | null;
          yield: number | null;
          latency_ms: {
            p50: number;
            p95: number;
            p99: number;
          } | null;
          /**
           * The newest scores of each model against those that it was taught with.
           */
          drift: {
            recipe: string;
            /**
             * As the rules call it.
             */
            model: string;
            package: string;
            version: string;
            /**
             * The newest parts, as far as they are looked at.
             */
            parts: number;
            /**
             * taught: good parts that it was taught with, held out. line: its first parts here.
             */
            reference: {
              of: 'taught' | 'line';
              parts: number;
            };
            distance: number | null;
            limit: number | null;
            drifted: number | null;
            look: {
              of: 'picture' | 'tags';
              /**
               * Features of which there is enough to tell.
               */
              watched: number;
              /**
               * Features in which the newest parts no longer look as they did.
               */
              moved: {
                feature: 'brightness' | 'contrast' | 'sharpness' | 'warmth' | 'across' | 'down' | 'grain' | 'lay' | 'level' | 'movement';
                tag: string | null;
                parts: number;
                reference: {
                  of: 'taught' | 'line';
                  parts: number;
                };
                /**
                 * Middle of the newest parts.
                 */
                now: number;
                /**
                 * Of those that it was taught with, or of its first parts here.
                 */
                before: number;
                /**
                 * ms since 1970, UTC
                 */
                drifted: number;
                /**
                 * In words, as the alarm says it.
                 */
                text: string;
              }[];
            } | null;
          }[];
          study: {
            name: string;
            shown: number;
            of: number;
            part: string;
          } | null;
          /**
           * Challenge parts: where each stands, and how many parts were made since it passed.
           */
          challenges: {
            name: string;
            /**
             * Id of the part, or the pattern of its ids.
             */
            part: string;
            expect: 'ok' | 'nok' | 'review';
            state: 'passed' | 'due' | 'missed' | 'failed';
            passed: number | null;
            parts: number;
          }[];
        } | null;
        deadline_ms: number;
        on_failure: string;
        cameras: string[];
        models: string[];
        /**
         * OPC UA servers whose tags it reads or writes.
         */
        servers: string[];
      };
    };
    alarms: {
      /**
       * One alarm a fault and thing.
       */
      key: string;
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * Station, camera, server or model; empty for the agent.
       */
      subject: string;
      /**
       * ms since 1970, UTC
       */
      since: number;
      /**
       * Raised this often since the agent’s process began.
       */
      times: number;
      /**
       * What is wrong.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
      acknowledged: {
        /**
         * ms since 1970, UTC
         */
        at: number;
        who: string;
      } | null;
      shelved: {
        /**
         * ms since 1970, UTC
         */
        at: number;
        /**
         * ms since 1970, UTC
         */
        until: number;
        who: string;
        reason: string;
      } | null;
      cause: string | null;
      /**
       * While it lasts nothing comes from what it is about, or nothing is taken by it.
       */
      down: boolean;
    }[];
  };
  'GET /alarms': {
    /**
     * One alarm a fault and thing.
     */
    key: string;
    /**
     * Of docs/errors.md.
     */
    code: string;
    /**
     * Station, camera, server or model; empty for the agent.
     */
    subject: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    /**
     * Raised this often since the agent’s process began.
     */
    times: number;
    /**
     * What is wrong.
     */
    text: string;
    /**
     * What to do.
     */
    next: string;
    acknowledged: {
      /**
       * ms since 1970, UTC
       */
      at: number;
      who: string;
    } | null;
    shelved: {
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * ms since 1970, UTC
       */
      until: number;
      who: string;
      reason: string;
    } | null;
    cause: string | null;
    /**
     * While it lasts nothing comes from what it is about, or nothing is taken by it.
     */
    down: boolean;
  }[];
  'GET /alarms/returned': {
    key: string;
    code: string;
    subject: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    /**
     * ms since 1970, UTC
     */
    ended: number;
    times: number;
    text: string;
    next: string;
  }[];
  'GET /health': {
    /**
     * ms since 1970, UTC
     */
    at: number;
    uptime_s: number;
    version: string;
    /**
     * Cameras, servers, models, publishers.
     */
    parts: {
      [k: string]: {
        status: string;
        code?: string;
        restarts: number;
      };
    };
    /**
     * Every queue of the agent.
     */
    queues: {
      [k: string]: {
        depth: number;
        bound: number;
        dropped: number;
      };
    };
    rss_mb: number;
    disk_free_mb: number | null;
    /**
     * By certificate.
     */
    certificate_days_left: {
      [k: string]: number;
    };
    /**
     * By publisher.
     */
    publishers: {
      /**
       * By counter.
       */
      [k: string]: {
        [k: string]: number;
      };
    };
    /**
     * By OPC UA server; ahead of this box where it is positive.
     */
    clock_skew_ms: {
      [k: string]: number;
    };
    /**
     * Candidates, by the model that they run beside.
     */
    shadows: {
      [k: string]: {
        package: string;
        compared: number;
        differing: number;
        skipped: number;
        failed: number;
      };
    };
  };
  'GET /models': {
    station: string;
    /**
     * As the rules call it.
     */
    model: string;
    recipe: string | null;
    role: 'judges' | 'candidate';
    package: string;
    version: string | null;
    kind: string | null;
    summary: string | null;
    labels: string[];
    threshold: number | null;
    running: {
      variant: string;
      provider: string;
      sha256: string;
      run_ms: number;
      golden_difference: number;
      golden_tolerance: number;
    } | null;
    previous: string | null;
    figures: {
      [k: string]: unknown;
    } | null;
    licence: string | null;
  }[];
  'GET /tags': {
    tag: string;
    node: string;
    unit: string | null;
    range: [number, number] | null;
    writable: boolean;
    /**
     * A number, text, truth value, a list of them, or null.
     */
    value: {
      [k: string]: unknown;
    };
    status: number | null;
    quality: 'good' | 'uncertain' | 'bad' | 'none';
    source: number | null;
    received: number | null;
    age_ms: number | null;
    sampling_asked_ms: number | null;
    sampling_ms: number | null;
  }[];
  /**
   * The picture.
   */
  'GET /stations/{station}/picture': string;
  /**
   * text/event-stream
   */
  'GET /live': string;
  'GET /inspections/{id}/scores': {
    /**
     * As the rules call it.
     */
    model: string;
    package: string;
    score: number;
    threshold: number | null;
    /**
     * Parts by score, equally wide from 0 to 1.
     */
    bins: number[];
    /**
     * That the same network judged there, itself included.
     */
    parts: number;
    /**
     * Of them, those with a lower score.
     */
    lower: number;
  }[];
  'GET /inspections': {
    items: {
      id: string;
      station: string;
      /**
       * Per station, from 1, without gaps.
       */
      sequence: number;
      outcome: 'judged' | 'failed' | 'missed' | 'unrecorded';
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
      counter: number | null;
      recipe: string;
      verdict: 'ok' | 'nok' | 'review';
      reasons: {
        text: string;
        rule?: string;
        code?: string;
      }[];
      scores: {
        model: string;
        package: string;
        label: string | null;
        score: number | null;
        threshold: number | null;
      }[];
      /**
       * To the PLC: none, written, failed.
       */
      answer: string;
      verdict_ms: number | null;
      /**
       * That are kept.
       */
      pictures: number;
      /**
       * Of a challenge part, which is no production: as the config names it.
       */
      challenge?: string;
      /**
       * Of a part of a gauge study, which is none either.
       */
      study?: string;
    }[];
    next: string | null;
    /**
     * false: its time was over before the page was full; `next` goes on.
     */
    complete: boolean;
    looked_back_to: number | null;
  };
  /**
   * Everything that the journal has of it; columns of its tables.
   */
  'GET /inspections/{id}': {
    id: string;
    utc?: string;
    station: string;
    sequence: number;
    outcome: 'judged' | 'failed' | 'missed' | 'unrecorded';
    /**
     * ms since 1970, UTC
     */
    at: number;
    trigger: string;
    part: string | null;
    recipe: string;
    verdict: 'ok' | 'nok' | 'review';
    reasons: {
      text: string;
      rule?: string;
      code?: string;
    }[];
    config_hash: string;
    /**
     * Columns whose text the disk has damaged; they are left out.
     */
    unreadable: string[];
    /**
     * By server.tag: value, status, source, unit.
     */
    tags: {
      [k: string]: unknown;
    };
    /**
     * The frames that were looked at.
     */
    frames: {
      [k: string]: unknown;
    }[];
    /**
     * What each model said, with package, version, hash, threshold and what drove it.
     */
    findings: {
      [k: string]: unknown;
    }[];
    /**
     * What came after the deadline had spoken.
     */
    late: {
      [k: string]: unknown;
    }[];
    /**
     * What candidates said.
     */
    shadows: {
      [k: string]: unknown;
    }[];
    /**
     * What followed, with its writes.
     */
    decisions: {
      [k: string]: unknown;
    }[];
    /**
     * Pictures that are kept, in the order of their numbers.
     */
    images: {
      [k: string]: unknown;
    }[];
    window: {
      tags: string[];
      /**
       * ms since 1970, UTC
       */
      ends_at: number;
      every_ms: number;
      steps: number;
      /**
       * Row by row; null where nothing was known.
       */
      values: (number | null)[];
      quality: number[];
    } | null;
    [k: string]: unknown;
  };
  /**
   * The picture.
   */
  'GET /inspections/{id}/pictures/{n}': string;
  'GET /alarms/log': {
    items: {
      code: string;
      subject: string;
      /**
       * ms since 1970, UTC
       */
      since: number;
      cleared: number | null;
      text: string;
      next: string;
    }[];
    next: string | null;
  };
  'GET /audit': {
    items: {
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * Empty where nobody said it.
       */
      who: string;
      /**
       * web, cli, mqtt, ...
       */
      source: string;
      verb: string;
      detail: {
        [k: string]: unknown;
      };
      accepted: boolean | null;
      why: string | null;
    }[];
    next: string | null;
  };
  'GET /inspections/{id}/what-if': {
    verdict: 'ok' | 'nok' | 'review';
    unknown: ('not_judged' | 'rules_unknown' | 'not_reproduced') | null;
    /**
     * One thing changed at a time, the nearest first.
     */
    changes: (
      | {
          kind: 'score' | 'number';
          /**
           * As expressions call it: surface.score; of a tag server.tag.
           */
          name: string;
          /**
           * As it was.
           */
          value: number;
          /**
           * The nearest at which the verdict is this one.
           */
          at: number;
          /**
           * Where it would have had to be, seen from `at`.
           */
          side: 'below' | 'at_most' | 'at_least' | 'above';
          /**
           * What it would have been.
           */
          verdict: 'ok' | 'nok' | 'review';
        }
      | {
          kind: 'word';
          /**
           * As expressions call it: surface.score; of a tag server.tag.
           */
          name: string;
          value: string | number | boolean;
          /**
           * Empty: anything that no rule names.
           */
          to: string | number | boolean;
          /**
           * What it would have been.
           */
          verdict: 'ok' | 'nok' | 'review';
        }
      | {
          kind: 'rule_off';
          /**
           * In the order of the config.
           */
          rule: number;
          when: string | null;
          reason: string | null;
          /**
           * What it would have been.
           */
          verdict: 'ok' | 'nok' | 'review';
        }
    )[];
    /**
     * What the rules read and nobody changed here.
     */
    untried: string[];
    /**
     * false: too much to try everything.
     */
    complete: boolean;
  };
  'POST /inspections/{id}/replay': {
    /**
     * What was said then.
     */
    was: {
      verdict: 'ok' | 'nok' | 'review';
      reasons: {
        text: string;
        rule?: string;
        code?: string;
      }[];
      findings: {
        model: string;
        package: string;
        version: string;
        label: string | null;
        score: number | null;
        threshold: number | null;
      }[];
      /**
       * Hash.
       */
      config: string;
    };
    now: {
      verdict: 'ok' | 'nok' | 'review';
      reasons: {
        text: string;
        rule?: string;
        code?: string;
      }[];
      findings: {
        model: string;
        package: string;
        version: string;
        label: string | null;
        score: number | null;
        threshold: number | null;
      }[];
      /**
       * Hash.
       */
      config: string;
    } | null;
    why: string | null;
    inputs: {
      model: string;
      /**
       * encoded: the picture as it was kept, which the camera’s was encoded into; scores may differ a little.
       */
      state: 'same' | 'encoded';
    }[];
  };
  'GET /totals': {
    all: {
      ok: number;
      nok: number;
      review: number;
      /**
       * Not judged in time: what the config says for that was answered.
       */
      failed: number;
      /**
       * Passed unseen, or their verdict was not recorded.
       */
      missed: number;
    };
    /**
     * Hours or days that have parts, the oldest first.
     */
    steps: {
      /**
       * ms since 1970, UTC
       */
      at: number;
      ok: number;
      nok: number;
      review: number;
      /**
       * Not judged in time: what the config says for that was answered.
       */
      failed: number;
      /**
       * Passed unseen, or their verdict was not recorded.
       */
      missed: number;
    }[];
    /**
     * Most parts first.
     */
    stations: {
      name: string;
      ok: number;
      nok: number;
      review: number;
      /**
       * Not judged in time: what the config says for that was answered.
       */
      failed: number;
      /**
       * Passed unseen, or their verdict was not recorded.
       */
      missed: number;
    }[];
    /**
     * Most parts first.
     */
    recipes: {
      name: string;
      ok: number;
      nok: number;
      review: number;
      /**
       * Not judged in time: what the config says for that was answered.
       */
      failed: number;
      /**
       * Passed unseen, or their verdict was not recorded.
       */
      missed: number;
    }[];
    /**
     * First reasons of parts that were not ok.
     */
    reasons: {
      name: string;
      parts: number;
    }[];
    /**
     * false: there is more that is not counted here.
     */
    complete: boolean;
    looked_back_to: number | null;
  };
  'GET /review': {
    items: {
      id: string;
      station: string;
      /**
       * Per station, from 1, without gaps.
       */
      sequence: number;
      outcome: 'judged' | 'failed' | 'missed' | 'unrecorded';
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
      counter: number | null;
      recipe: string;
      reasons: {
        text: string;
        rule?: string;
        code?: string;
      }[];
      scores: {
        model: string;
        package: string;
        label: string | null;
        score: number | null;
        threshold: number | null;
      }[];
      /**
       * To the PLC: none, written, failed.
       */
      answer: string;
      verdict_ms: number | null;
      /**
       * That are kept.
       */
      pictures: number;
      /**
       * Of a challenge part, which is no production: as the config names it.
       */
      challenge?: string;
      /**
       * Of a part of a gauge study, which is none either.
       */
      study?: string;
      verdict: ('ok' | 'nok' | 'review') | null;
      /**
       * Items: unlike: it scores above everything that the package was taught with. abstained: the verdict is review. near: a score near its threshold. random: of the share that figures are measured by.
       */
      why: ('unlike' | 'abstained' | 'near' | 'random')[];
    }[];
    next: string | null;
    /**
     * false: its time was over before the page was full; `next` goes on.
     */
    complete: boolean;
    /**
     * All that wait, counted up to 1000.
     */
    waiting: number;
    /**
     * Kinds of defect that people named, the most frequent first.
     */
    kinds: string[];
  };
  'GET /review/figures': {
    good: {
      ok: number;
      nok: number;
      review: number;
    };
    bad: {
      ok: number;
      nok: number;
      review: number;
    };
    unsure: number;
    /**
     * One says good, another bad.
     */
    disputed: number;
    /**
     * Of the parts that the agent called nok, those that are bad.
     */
    precision: {
      value: number;
      low: number;
      high: number;
      count: number;
      of: number;
    } | null;
    /**
     * Of the bad parts, those that the agent called ok.
     */
    miss_rate: {
      value: number;
      low: number;
      high: number;
      count: number;
      of: number;
    } | null;
    /**
     * Of the good parts, those that the agent called nok.
     */
    false_rejects: {
      value: number;
      low: number;
      high: number;
      count: number;
      of: number;
    } | null;
    /**
     * Of the parts called nok, by their first reason.
     */
    reasons: {
      name: string;
      precision: {
        value: number;
        low: number;
        high: number;
        count: number;
        of: number;
      } | null;
    }[];
    /**
     * Of the bad parts, by the kind that people named.
     */
    kinds: {
      name: string;
      miss_rate: {
        value: number;
        low: number;
        high: number;
        count: number;
        of: number;
      } | null;
    }[];
    /**
     * What taught packages that judge now promised, against what people say.
     */
    promises: {
      station: string;
      /**
       * As the rules call it.
       */
      model: string;
      package: string;
      version: string;
      /**
       * machine: taught from hours of tags; each window is judged by its last row.
       */
      of: 'parts' | 'machine';
      /**
       * At most one good part, or about one good row, in so many is refused, it was promised.
       */
      one_in: number;
      /**
       * All parts that it has judged here.
       */
      judged: number;
      /**
       * ms since 1970, UTC
       */
      since: number;
      /**
       * Of them, those that people call good, singly or by the hour.
       */
      good: number;
      /**
       * Of these, those that it had refused; of a machine, refusals within one window are one.
       */
      refused: number;
      /**
       * Of the good parts that were chosen by chance, those that it had refused.
       */
      false_rejects: {
        value: number;
        low: number;
        high: number;
        count: number;
        of: number;
      } | null;
      /**
       * Of the parts of hours that were confirmed good, those that it had refused; the interval counts parts for as many as they are worth.
       */
      in_hours: {
        value: number;
        low: number;
        high: number;
        count: number;
        of: number;
      } | null;
      /**
       * With 95 % confidence, however often it is looked at.
       */
      broken: boolean;
    }[];
    /**
     * false: the newest labels alone were counted.
     */
    complete: boolean;
  };
  /**
   * The ZIP file.
   */
  'GET /review/data-set': string;
  'GET /good-hours': {
    id: string;
    station: string;
    /**
     * ms since 1970, UTC
     */
    from: number;
    /**
     * ms since 1970, UTC
     */
    to: number;
    who: string;
    /**
     * When it was said.
     */
    at: number;
  }[];
  'GET /containments': {
    items: {
      id: string;
      station: string;
      /**
       * When it was opened.
       */
      at: number;
      cause: 'challenge' | 'alarm' | 'sample' | 'package' | 'person';
      /**
       * Of the challenge, the alarm, the inspection, or who asked.
       */
      subject: string;
      why: string;
      after: {
        inspection: string;
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
        part: string | null;
      } | null;
      until: {
        inspection: string;
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
        part: string | null;
      } | null;
      parts: number | null;
      disposition: {
        disposition: 'released' | 'scrapped';
        /**
         * ms since 1970, UTC
         */
        at: number;
        who: string;
        note: string;
      } | null;
    }[];
    next: string | null;
  };
  'POST /containments': {
    id: string;
    station: string;
    /**
     * When it was opened.
     */
    at: number;
    cause: 'challenge' | 'alarm' | 'sample' | 'package' | 'person';
    /**
     * Of the challenge, the alarm, the inspection, or who asked.
     */
    subject: string;
    why: string;
    after: {
      inspection: string;
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
    } | null;
    until: {
      inspection: string;
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
    } | null;
    parts: number | null;
    disposition: {
      disposition: 'released' | 'scrapped';
      /**
       * ms since 1970, UTC
       */
      at: number;
      who: string;
      note: string;
    } | null;
  };
  'GET /containments/{id}': {
    id: string;
    station: string;
    /**
     * When it was opened.
     */
    at: number;
    cause: 'challenge' | 'alarm' | 'sample' | 'package' | 'person';
    /**
     * Of the challenge, the alarm, the inspection, or who asked.
     */
    subject: string;
    why: string;
    after: {
      inspection: string;
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
    } | null;
    until: {
      inspection: string;
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
    } | null;
    parts: number | null;
    disposition: {
      disposition: 'released' | 'scrapped';
      /**
       * ms since 1970, UTC
       */
      at: number;
      who: string;
      note: string;
    } | null;
    /**
     * Parts still come to it: it is decided about when its challenge has passed again.
     */
    grows: boolean;
    narrowed: {
      /**
       * `<model>.score`, or nok: the share of parts thrown out.
       */
      by: string;
      from: {
        inspection: string;
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
        part: string | null;
      };
      likely: {
        inspection: string;
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
        part: string | null;
      };
      /**
       * From `from` on.
       */
      parts: number;
    } | null;
    /**
     * Why nothing narrows it, where nothing does: no number has changed, too few parts before it, too many in it.
     */
    unnarrowed: 'no_change' | 'no_reference' | 'too_long';
  };
  'GET /containments/{id}/parts': {
    items: {
      inspection: string;
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      part: string | null;
      verdict: 'ok' | 'nok' | 'review';
      outcome: string;
      recipe: string;
      reasons: string;
      lot: string | null;
      order: string | null;
      label: string | null;
      pictures: number;
      /**
       * That passed unseen under this record; 1 for any other.
       */
      parts: number;
    }[];
    next: string | null;
  };
  'GET /notes': {
    id: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string | null;
    source: 'page' | 'cli' | 'mqtt' | 'tag';
    station: string | null;
    part: string | null;
    alarm: string | null;
    /**
     * Names of people are taken out.
     */
    text: string;
  }[];
  'POST /notes': {
    id: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string | null;
    source: 'page' | 'cli' | 'mqtt' | 'tag';
    station: string | null;
    part: string | null;
    alarm: string | null;
    /**
     * Names of people are taken out.
     */
    text: string;
  };
  'GET /notes/similar': {
    id: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string | null;
    source: 'page' | 'cli' | 'mqtt' | 'tag';
    station: string | null;
    part: string | null;
    alarm: string | null;
    /**
     * Names of people are taken out.
     */
    text: string;
  }[];
  'GET /notes/cases': {
    by: 'people' | 'machine';
    /**
     * ms since 1970, UTC
     */
    at: number;
    station: string | null;
    part: string | null;
    about: string | null;
    text: string;
    /**
     * How often a machine said just this, of those that were looked at.
     */
    times: number;
  }[];
  'GET /notes/summary': {
    /**
     * As it was said.
     */
    text: string;
    /**
     * Of all texts that it stands for.
     */
    times: number;
    /**
     * That read differently.
     */
    texts: number;
    /**
     * ms since 1970, UTC
     */
    first: number;
    /**
     * ms since 1970, UTC
     */
    last: number;
  }[];
  'GET /alarms/history': {
    /**
     * How often, of what the journal still has.
     */
    stood: number;
    times: {
      /**
       * ms since 1970, UTC
       */
      since: number;
      cleared: number | null;
      text: string;
      notes: {
        id: string;
        /**
         * ms since 1970, UTC
         */
        at: number;
        who: string | null;
        source: 'page' | 'cli' | 'mqtt' | 'tag';
        station: string | null;
        part: string | null;
        alarm: string | null;
        /**
         * Names of people are taken out.
         */
        text: string;
      }[];
      texts: {
        id: string;
        /**
         * ms since 1970, UTC
         */
        at: number;
        stamped: number | null;
        source: 'tag' | 'alarm' | 'event';
        /**
         * The tag, or the server.
         */
        origin: string;
        name: string | null;
        station: string | null;
        severity: number | null;
        condition: string | null;
        acked: boolean | null;
        state: ('active' | 'ended' | 'unknown') | null;
        ended: number | null;
        /**
         * Names of people are taken out.
         */
        text: string;
      }[];
      acts: {
        /**
         * ms since 1970, UTC
         */
        at: number;
        verb: string;
        reason: string | null;
      }[];
    }[];
    quotes: {
      /**
       * As it was said.
       */
      text: string;
      /**
       * Of all texts that it stands for.
       */
      times: number;
      /**
       * That read differently.
       */
      texts: number;
      /**
       * ms since 1970, UTC
       */
      first: number;
      /**
       * ms since 1970, UTC
       */
      last: number;
    }[];
  };
  'GET /texts': {
    id: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    stamped: number | null;
    source: 'tag' | 'alarm' | 'event';
    /**
     * The tag, or the server.
     */
    origin: string;
    name: string | null;
    station: string | null;
    severity: number | null;
    condition: string | null;
    acked: boolean | null;
    state: ('active' | 'ended' | 'unknown') | null;
    ended: number | null;
    /**
     * Names of people are taken out.
     */
    text: string;
  }[];
  'GET /plan': {
    /**
     * The config plans.
     */
    on: boolean;
    plan: {
      /**
       * Of the sequence.
       */
      id: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * agreed: so it goes on. proposed: somebody may accept it. refused: somebody has refused what would gain.
       */
      state: 'agreed' | 'proposed' | 'refused';
      by: 'search' | 'rules';
      because: string | null;
      orders: number;
      /**
       * Orders of whose recipe nothing is known.
       */
      unplanned: string[];
      running: {
        id: string;
        recipe: string;
        quantity: number;
        made: number;
        scrap: number;
      } | null;
      plan: {
        /**
         * What the search makes small, ms
         */
        cost_ms: number;
        /**
         * How late each order ends, times its priority, together, ms
         */
        tardiness_ms: number;
        /**
         * Working time for set-ups, ms
         */
        setups_ms: number;
        /**
         * Orders that end late.
         */
        late: number;
      };
      fifo: {
        /**
         * What the search makes small, ms
         */
        cost_ms: number;
        /**
         * How late each order ends, times its priority, together, ms
         */
        tardiness_ms: number;
        /**
         * Working time for set-ups, ms
         */
        setups_ms: number;
        /**
         * Orders that end late.
         */
        late: number;
      };
      before: {
        /**
         * What the search makes small, ms
         */
        cost_ms: number;
        /**
         * How late each order ends, times its priority, together, ms
         */
        tardiness_ms: number;
        /**
         * Working time for set-ups, ms
         */
        setups_ms: number;
        /**
         * Orders that end late.
         */
        late: number;
      };
      sequence: {
        id: string;
        recipe: string;
        quantity: number;
        parts: number;
        due: number | null;
        /**
         * ms since 1970, UTC
         */
        setup_at: number;
        /**
         * Set-up, ms
         */
        setup_ms: number;
        /**
         * ms since 1970, UTC
         */
        begin: number;
        /**
         * ms since 1970, UTC
         */
        end: number;
        lateness_ms: number | null;
        probability: number | null;
        before: {
          place: number;
          /**
           * ms since 1970, UTC
           */
          begin: number;
          /**
           * ms since 1970, UTC
           */
          end: number;
          lateness_ms: number | null;
          probability: number | null;
        } | null;
      }[];
      /**
       * So many more follow.
       */
      cut: number;
      moves: {
        id: string;
        from: number;
        to: number;
        /**
         * What the plan would cost more without it, ms
         */
        gain_ms: number;
      }[];
    } | null;
  };
  /**
   * What the command gives back.
   */
  'POST /plan/accept': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back.
   */
  'POST /plan/refuse': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back.
   */
  'POST /orders': {
    [k: string]: unknown;
  };
  'GET /routes': {
    /**
     * The config routes parts.
     */
    on: boolean;
    destinations: {
      name: string;
      action: 'pass' | 'divert' | 'hold' | 'rework';
      capacity: number | null;
      /**
       * Parts that are there.
       */
      contents: number;
      /**
       * Parts on their way there.
       */
      under_way: number;
      oldest_ms: number | null;
      full: boolean;
      vanished: number;
      strayed: number;
      /**
       * Since the start, with those that were there.
       */
      came: number;
      /**
       * Since the start.
       */
      gone: number;
    }[];
    /**
     * The 200 that were sent first.
     */
    under_way: {
      id: string;
      part: string | null;
      station: string | null;
      inspection: string | null;
      to: string | null;
      instead_of: string | null;
      why: string;
      /**
       * When it was sent, or came, ms by the agent's own time
       */
      sent_ago_ms: number;
      place: string | null;
      arrived_ago_ms: number | null;
      fault: ('vanished' | 'strayed' | 'twice') | null;
      ended_ago_ms: number | null;
      end: ('left' | 'sent_anew' | 'passed' | 'forgotten' | 'dropped' | 'unknown') | null;
    }[];
    /**
     * The newest 200.
     */
    faults: {
      id: string;
      part: string | null;
      station: string | null;
      inspection: string | null;
      to: string | null;
      instead_of: string | null;
      why: string;
      /**
       * When it was sent, or came, ms by the agent's own time
       */
      sent_ago_ms: number;
      place: string | null;
      arrived_ago_ms: number | null;
      fault: ('vanished' | 'strayed' | 'twice') | null;
      ended_ago_ms: number | null;
      end: ('left' | 'sent_anew' | 'passed' | 'forgotten' | 'dropped' | 'unknown') | null;
    }[];
    /**
     * So many more are on their way, or faulty.
     */
    cut: number;
    dropped: number;
  };
  /**
   * What the command gives back.
   */
  'POST /routes': {
    [k: string]: unknown;
  };
  'GET /routes/part': {
    ways: {
      id: string;
      part: string | null;
      station: string | null;
      inspection: string | null;
      to: string | null;
      instead_of: string | null;
      why: string;
      /**
       * When it was sent, or came, ms by the agent's own time
       */
      sent_ago_ms: number;
      place: string | null;
      arrived_ago_ms: number | null;
      fault: ('vanished' | 'strayed' | 'twice') | null;
      ended_ago_ms: number | null;
      end: ('left' | 'sent_anew' | 'passed' | 'forgotten' | 'dropped' | 'unknown') | null;
    }[];
  };
  'GET /materials': {
    /**
     * The config has some.
     */
    on: boolean;
    materials: {
      station: string;
      name: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      unit: string | null;
      stock: number | null;
      /**
       * The gravest.
       */
      state: 'ok' | 'called' | 'overdue' | 'short' | 'unknown';
      because: string | null;
      reorder_at: number | null;
      /**
       * container: too little was seen of its use yet.
       */
      by: 'forecast' | 'container';
      source: ('plan' | 'rate') | null;
      /**
       * Of one call.
       */
      container: number;
      /**
       * Aim: share of calls that come before it has run out.
       */
      service: number;
      rate: number | null;
      runs_out: {
        low: number | null;
        middle: number | null;
        high: number | null;
      } | null;
      /**
       * That are open, the oldest first.
       */
      calls: {
        id: string;
        /**
         * ms since 1970, UTC
         */
        at: number;
        /**
         * Called.
         */
        quantity: number;
        /**
         * ms since 1970, UTC
         */
        expected: number;
        overdue: boolean;
      }[];
      /**
       * A tag tells what is there; it cannot be said.
       */
      measured: boolean;
      /**
       * Stock where nothing comes, with its 90 % interval.
       */
      forecast: {
        /**
         * ms since 1970, UTC
         */
        at: number;
        low: number;
        middle: number;
        high: number;
      }[];
    }[];
  };
  /**
   * What the command gives back.
   */
  'POST /materials/{material}': {
    [k: string]: unknown;
  };
  'GET /tools': {
    /**
     * The config has some.
     */
    on: boolean;
    tools: {
      station: string;
      name: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * The gravest.
       */
      state: 'ok' | 'due' | 'overdue' | 'unknown';
      because: string | null;
      changed: number | null;
      /**
       * Since it was changed.
       */
      used: number;
      life: number | null;
      level: number | null;
      limit: number | null;
      left: {
        /**
         * At the least.
         */
        low: number;
        /**
         * Most likely.
         */
        middle: number;
        /**
         * At the most.
         */
        high: number;
      } | null;
      by: ('uses' | 'trend') | null;
      until: {
        low: number | null;
        middle: number | null;
        high: number | null;
      } | null;
      call: {
        id: string;
        /**
         * ms since 1970, UTC
         */
        at: number;
        by: number | null;
      } | null;
    }[];
  };
  /**
   * What the command gives back.
   */
  'POST /stations/{station}/tools/{tool}': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back.
   */
  'POST /stations/{station}/acknowledge': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back.
   */
  'POST /stations/{station}/enable': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back.
   */
  'POST /stations/{station}/recipe': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back.
   */
  'POST /reload': {
    [k: string]: unknown;
  };
  'POST /alarms/shelve': {
    /**
     * ms since 1970, UTC
     */
    until: number;
  };
  'GET /inspections/{id}/labels': {
    id: string;
    inspection: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string;
    label: 'good' | 'bad' | 'unsure';
    kind: string | null;
    /**
     * Items: Where it is bad.
     */
    boxes: {
      camera: string;
      /**
       * Where it is another one than the label’s.
       */
      kind?: string;
      /**
       * x, y, width, height in pixels of that camera’s picture; of what was painted the box around it.
       *
       * @minItems 4
       */
      region: [number, number, number, number];
      /**
       * Painted: all that a round brush covers.
       */
      stroke?: {
        /**
         * Of the round brush, in pixels of the picture.
         */
        width: number;
        /**
         * x, y of where it was led, in pixels of the picture; one is a dot.
         *
         * @minItems 1
         * @maxItems 200
         */
        points: [[number, number], ...[number, number][]];
      };
    }[];
    undone: number | null;
  }[];
  'POST /inspections/{id}/labels': {
    id: string;
    inspection: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string;
    label: 'good' | 'bad' | 'unsure';
    kind: string | null;
    /**
     * Items: Where it is bad.
     */
    boxes: {
      camera: string;
      /**
       * Where it is another one than the label’s.
       */
      kind?: string;
      /**
       * x, y, width, height in pixels of that camera’s picture; of what was painted the box around it.
       *
       * @minItems 4
       */
      region: [number, number, number, number];
      /**
       * Painted: all that a round brush covers.
       */
      stroke?: {
        /**
         * Of the round brush, in pixels of the picture.
         */
        width: number;
        /**
         * x, y of where it was led, in pixels of the picture; one is a dot.
         *
         * @minItems 1
         * @maxItems 200
         */
        points: [[number, number], ...[number, number][]];
      };
    }[];
    undone: number | null;
  };
  'GET /certificates': {
    rejected: {
      /**
       * Name in the config of the server that showed it.
       */
      server: string;
      /**
       * SHA-256: what is compared with what the server shows.
       */
      fingerprint: string;
      subject: string;
      application_uri: string;
      /**
       * ms since 1970, UTC
       */
      valid_from: number;
      /**
       * ms since 1970, UTC
       */
      valid_to: number;
    }[];
    trusted: {
      /**
       * Name in the config of the server that showed it.
       */
      server: string;
      /**
       * SHA-256: what is compared with what the server shows.
       */
      fingerprint: string;
      subject: string;
      application_uri: string;
      /**
       * ms since 1970, UTC
       */
      valid_from: number;
      /**
       * ms since 1970, UTC
       */
      valid_to: number;
    }[];
  };
  'POST /certificates/trust': {
    /**
     * Name in the config of the server that showed it.
     */
    server: string;
    /**
     * SHA-256: what is compared with what the server shows.
     */
    fingerprint: string;
    subject: string;
    application_uri: string;
    /**
     * ms since 1970, UTC
     */
    valid_from: number;
    /**
     * ms since 1970, UTC
     */
    valid_to: number;
  };
  'GET /outbox': {
    letters: {
      id: number;
      publisher: string;
      refused: string;
      topic: string;
      event: string;
      bytes: number;
      why: string;
      /**
       * It is to be sent again.
       */
      retry: boolean;
    }[];
    total: number;
    /**
     * Events that wait to be sent, by publisher.
     */
    waiting: {
      [k: string]: number;
    };
    dropped: number;
    bytes: number;
  };
  'POST /outbox/retry': {
    /**
     * How many.
     */
    letters: number;
  };
  'POST /outbox/drop': {
    /**
     * How many.
     */
    letters: number;
  };
  'GET /charts': {
    station: string;
    name: string;
    recipe: string;
    chart: string;
    of: string[];
    phase: 'learning' | 'proposed' | 'watching';
    /**
     * Points since the first phase began, or since it was closed.
     */
    samples: number;
    /**
     * Points that the first phase wants.
     */
    learn: number;
    /**
     * Parts a point.
     */
    size: number;
    limits:
      | {
          panel: string;
          lower: number;
          center: number;
          upper: number;
        }[]
      | null;
    outside: number | null;
    closed: {
      /**
       * ms since 1970, UTC
       */
      at: number;
      who: string;
    } | null;
    out: boolean;
    rule: string;
    last: {
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      values: number[];
    } | null;
    signal: {
      rule: string;
      since: {
        /**
         * Number of the part in its station.
         */
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
      };
      points: number;
      likely: {
        /**
         * Number of the part in its station.
         */
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
      } | null;
      from: {
        /**
         * Number of the part in its station.
         */
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
      } | null;
    } | null;
    left_out: number;
    refused: string | null;
  }[];
  'GET /charts/{station}/{chart}': {
    state: {
      station: string;
      name: string;
      recipe: string;
      chart: string;
      of: string[];
      phase: 'learning' | 'proposed' | 'watching';
      /**
       * Points since the first phase began, or since it was closed.
       */
      samples: number;
      /**
       * Points that the first phase wants.
       */
      learn: number;
      /**
       * Parts a point.
       */
      size: number;
      limits:
        | {
            panel: string;
            lower: number;
            center: number;
            upper: number;
          }[]
        | null;
      outside: number | null;
      closed: {
        /**
         * ms since 1970, UTC
         */
        at: number;
        who: string;
      } | null;
      out: boolean;
      rule: string;
      last: {
        sequence: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
        values: number[];
      } | null;
      signal: {
        rule: string;
        since: {
          /**
           * Number of the part in its station.
           */
          sequence: number;
          /**
           * ms since 1970, UTC
           */
          at: number;
        };
        points: number;
        likely: {
          /**
           * Number of the part in its station.
           */
          sequence: number;
          /**
           * ms since 1970, UTC
           */
          at: number;
        } | null;
        from: {
          /**
           * Number of the part in its station.
           */
          sequence: number;
          /**
           * ms since 1970, UTC
           */
          at: number;
        } | null;
      } | null;
      left_out: number;
      refused: string | null;
    };
    panels: string[];
    /**
     * The newest, oldest first; `values`: of each panel, none where that cannot be drawn without limits.
     */
    points: {
      sequence: number;
      /**
       * ms since 1970, UTC
       */
      at: number;
      values: number[];
      rule: string;
    }[];
    capability: {
      figures: {
        cp: {
          value: number;
          low: number;
          high: number;
        } | null;
        cpk: {
          value: number;
          low: number;
          high: number;
        } | null;
        cpm: {
          value: number;
          low: number;
          high: number;
        } | null;
        pp: {
          value: number;
          low: number;
          high: number;
        } | null;
        ppk: {
          value: number;
          low: number;
          high: number;
        } | null;
      } | null;
      refused: string | null;
      next: string | null;
      offered: {
        lambda: number;
        /**
         * Each with its 95 % interval; null where it needs a limit that is not asked.
         */
        figures: {
          cp: {
            value: number;
            low: number;
            high: number;
          } | null;
          cpk: {
            value: number;
            low: number;
            high: number;
          } | null;
          cpm: {
            value: number;
            low: number;
            high: number;
          } | null;
          pp: {
            value: number;
            low: number;
            high: number;
          } | null;
          ppk: {
            value: number;
            low: number;
            high: number;
          } | null;
        };
      } | null;
    } | null;
  };
  /**
   * What the command gives back.
   */
  'POST /charts/{station}/{chart}': {
    [k: string]: unknown;
  };
  'GET /config': {
    /**
     * Of the file, as this box knows it.
     */
    path: string;
    text: string | null;
    why_no_text: string | null;
    /**
     * Passwords in the text are asterisks: it is to be looked at, not to be saved.
     */
    masked: boolean;
    version: string | null;
    /**
     * PUT can replace the file.
     */
    writable: boolean;
    why_not_writable: string | null;
    /**
     * What judges now; it is another text than that on the disk where that one was refused, or is being applied.
     */
    running: {
      version: string | null;
      config: string | null;
      since: number | null;
    };
    /**
     * A change is under way: ask again, or wait for the event `line`.
     */
    applying: boolean;
    refused: {
      /**
       * What is wrong, in a sentence.
       */
      title: string;
      /**
       * What to do.
       */
      next: string;
      faults: {
        line: number;
        /**
         * In UTF-16 units, as editors count.
         */
        column: number;
        /**
         * Characters to underline.
         */
        length: number;
        /**
         * Of docs/errors.md.
         */
        code: string;
        /**
         * What was found and what is allowed.
         */
        text: string;
        /**
         * What to do.
         */
        next: string;
      }[];
      /**
       * Faults beyond those that are listed.
       */
      more: number;
    } | null;
  };
  'PUT /config': {
    /**
     * SHA-256 of a text of the file, hexadecimal; in quotes it is the ETag.
     */
    version: string;
    /**
     * false: the file said so before.
     */
    changed: boolean;
    restarts: {
      /**
       * station outlet, camera/top, opcua/plc, mqtt, web; agent: everything.
       */
      part: string;
      about_ms: number | null;
    }[];
    words: string[];
  };
  'GET /config/schema': {};
  'POST /config/check': {
    /**
     * It would be taken, as far as the file goes.
     */
    ok: boolean;
    faults: {
      line: number;
      /**
       * In UTF-16 units, as editors count.
       */
      column: number;
      /**
       * Characters to underline.
       */
      length: number;
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * What was found and what is allowed.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
    }[];
    warnings: {
      line: number;
      /**
       * In UTF-16 units, as editors count.
       */
      column: number;
      /**
       * Characters to underline.
       */
      length: number;
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * What was found and what is allowed.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
    }[];
    /**
     * Faults beyond those that are listed.
     */
    more: number;
    config: string | null;
    changes:
      | {
          /**
           * Of the key, as in the file: stations.outlet.deadline
           */
          path: string;
          kind: 'added' | 'removed' | 'changed';
          from: string | null;
          to: string | null;
          /**
           * Items: station outlet, camera/top, opcua/plc, mqtt, web, agent
           */
          restarts: string[];
        }[]
      | null;
    /**
     * What starts anew if it is applied.
     */
    restarts: {
      /**
       * station outlet, camera/top, opcua/plc, mqtt, web; agent: everything.
       */
      part: string;
      about_ms: number | null;
    }[];
    /**
     * The same as sentences.
     */
    words: string[];
  };
  'GET /config/versions': {
    id: string;
    /**
     * SHA-256 of a text of the file, hexadecimal; in quotes it is the ETag.
     */
    version: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string | null;
    /**
     * Hash of the config that it is.
     */
    config: string;
    bytes: number;
    runs: boolean;
  }[];
  'GET /config/versions/{id}': {
    id: string;
    /**
     * SHA-256 of a text of the file, hexadecimal; in quotes it is the ETag.
     */
    version: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    who: string | null;
    /**
     * Hash of the config that it is.
     */
    config: string;
    bytes: number;
    runs: boolean;
    /**
     * The whole file.
     */
    text: string;
  };
  'GET /first-config': {
    /**
     * There is no config: it can be asked for here.
     */
    asked: boolean;
    file: string | null;
    store: string | null;
    why_not_writable: string | null;
    packages: {
      name: string;
      kind: string;
      summary: string;
    }[];
  };
  'PUT /first-config': {
    file: string;
    /**
     * Items: Files.
     */
    secrets: string[];
  };
  'POST /first-config/camera': {
    /**
     * It answered.
     */
    ok: boolean;
    told: {
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * What was found.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
    } | null;
    /**
     * The agent would not run with this, whoever answers: it cannot be kept for later.
     */
    wrong: boolean;
    picture: {
      width: number;
      height: number;
      format: string;
      /**
       * Of its pixels.
       */
      bytes: number;
      jpeg: string | null;
    } | null;
  };
  'POST /first-config/plc': {
    /**
     * It answered.
     */
    ok: boolean;
    told: {
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * What was found.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
    } | null;
    /**
     * The agent would not run with this, whoever answers: it cannot be kept for later.
     */
    wrong: boolean;
    untrusted: {
      /**
       * SHA-256, hexadecimal.
       */
      fingerprint: string;
      subject: string;
    } | null;
    weaker: {
      mode: 'SignAndEncrypt' | 'Sign' | 'None';
      policy: 'Basic256Sha256' | 'Aes256_Sha256_RsaPss' | 'None';
    } | null;
    found: {
      security: {
        mode: 'SignAndEncrypt' | 'Sign' | 'None';
        policy: 'Basic256Sha256' | 'Aes256_Sha256_RsaPss' | 'None';
      };
      sampling_ms: number | null;
      /**
       * It has more nodes than were looked through.
       */
      cut: boolean;
      candidates: {
        node: string;
        name: string;
        type: string;
        /**
         * Names of the objects above it.
         */
        path: string;
        /**
         * As it is now, shortened.
         */
        value: string;
        /**
         * What it can be chosen for.
         */
        roles: ('trigger' | 'part' | 'counter' | 'verdict' | 'verdict_part')[];
      }[];
      /**
       * Node by role: what its name says it is for.
       */
      proposals: {
        [k: string]: string;
      };
    } | null;
  };
  'POST /first-config/broker': {
    /**
     * It answered.
     */
    ok: boolean;
    told: {
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * What was found.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
    } | null;
    /**
     * The agent would not run with this, whoever answers: it cannot be kept for later.
     */
    wrong: boolean;
    /**
     * It is another box, and the connection would not be encrypted.
     */
    unencrypted: boolean;
    said: string | null;
  };
  'POST /first-config/trust': {
    fingerprint: string;
    subject: string;
  };
  'POST /first-config/text': {
    text: string | null;
    told: {
      /**
       * Of docs/errors.md.
       */
      code: string;
      /**
       * What was found.
       */
      text: string;
      /**
       * What to do.
       */
      next: string;
    } | null;
  };
  'GET /teach/live': {
    camera: string;
    width: number | null;
    height: number | null;
    region: [number, number, number, number] | null;
    /**
     * Newest first.
     */
    pictures: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
    }[];
  };
  /**
   * The picture.
   */
  'GET /teach/live/{id}': string;
  'GET /teach': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  } | null;
  'POST /teach': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  /**
   * The picture.
   */
  'GET /teach/pictures/{id}': string;
  'POST /teach/pictures/{id}': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  'POST /teach/pictures': {
    added: number;
    /**
     * No picture of them is kept.
     */
    missing: string[];
  };
  'GET /teach/tags': {
    /**
     * Items: ms since 1970, UTC
     */
    times: number[];
    tags: {
      tag: string;
      values: (number | null)[];
    }[];
  };
  'POST /teach/stretches': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  'DELETE /teach/stretches/{id}': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  /**
   * The picture.
   */
  'GET /teach/pictures/{id}/heat': string;
  /**
   * The newest whose pictures are kept.
   */
  'GET /teach/stored': {
    inspection: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    verdict: 'ok' | 'nok' | 'review';
    score: number;
  }[];
  /**
   * The picture.
   */
  'GET /teach/stored/{id}/heat': string;
  'GET /teach/differing': {
    inspection: string;
    /**
     * ms since 1970, UTC
     */
    at: number;
    part: string | null;
    verdict: 'ok' | 'nok' | 'review';
    candidate_verdict: 'ok' | 'nok' | 'review';
    score: number | null;
    threshold: number | null;
    candidate_score: number | null;
    candidate_threshold: number | null;
    picture: number | null;
    heat: number | null;
    /**
     * See /teach/stored/{id}/heat.
     */
    candidate_heat: boolean;
  }[];
  'POST /teach/promote': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  'POST /teach/back': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  'POST /teach/learn': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  'POST /teach/shadow': {
    id: string;
    station: string;
    model: string;
    of: 'part' | 'machine';
    /**
     * To be.
     */
    package: string;
    region: [number, number, number, number] | null;
    /**
     * The part moves: it is looked for around the region.
     */
    registered: boolean;
    area: [number, number, number, number] | null;
    phase: 'collecting' | 'collected' | 'learning' | 'learned' | 'failed' | 'shadow' | 'promoted' | 'back';
    by: string;
    /**
     * ms since 1970, UTC
     */
    since: number;
    wanted: number;
    reject: number;
    pictures: {
      id: string;
      /**
       * Of the part that it shows.
       */
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      /**
       * out: neither, it is left out.
       */
      said: 'good' | 'bad' | 'out';
      kind: string | null;
      /**
       * Where it is bad: boxes, and what was painted.
       */
      boxes: (
        | [number, number, number, number]
        | {
            /**
             * Of the round brush, in pixels of the picture.
             */
            width: number;
            /**
             * x, y of where it was led, in pixels of the picture; one is a dot.
             *
             * @minItems 1
             * @maxItems 200
             */
            points: [[number, number], ...[number, number][]];
          }
      )[];
      odd: number | null;
      score: number | null;
      /**
       * It has a heat map, of what had not seen it.
       */
      heat: boolean;
      pointed: boolean | null;
    }[];
    pointed: {
      value: number;
      low: number;
      high: number;
    } | null;
    step: {
      /**
       * looking, learning, writing; changing: a package is being put in or out
       */
      doing: string;
      done: number;
      total: number;
      left_s: number | null;
    } | null;
    learned: {
      good: number;
      bad: number;
      /**
       * Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.
       */
      marked: number;
      threshold: number;
      /**
       * Thresholds to choose from, the highest first.
       */
      limits: {
        at: number;
        /**
         * Held-out good parts beyond it.
         */
        refused: number;
        /**
         * At most one good part in so many is rejected, with 95 % confidence.
         */
        one_in: number;
      }[];
      promise: {
        one_in: number;
        parts: number;
        parts_wanted: number | null;
        text: string;
      };
      found: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * The same by kind.
       */
      kinds: {
        name: string;
        /**
         * With its 95 % interval.
         */
        found: {
          value: number;
          low: number;
          high: number;
        };
      }[];
      auroc: {
        value: number;
        low: number;
        high: number;
      } | null;
      /**
       * false: it cannot tell good from bad, as far as the ones shown tell.
       */
      tells: boolean;
      closer: {
        plain: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
        closer: {
          one_in: number;
          auroc: {
            value: number;
            low: number;
            high: number;
          } | null;
          found: {
            value: number;
            low: number;
            high: number;
          } | null;
          /**
           * Processor time of the network that looks, for a part.
           */
          look_ms: number;
          bytes: number;
        };
      } | null;
      registered: {
        /**
         * Furthest that a good part lay from the reference, in shares of the region.
         */
        moved: number;
        /**
         * Furthest that is looked, likewise.
         */
        range: number;
      } | null;
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    /**
     * Of a machine: good production that it is taught from.
     */
    stretches: {
      id: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
    }[];
    machine: {
      tags: {
        used: string[];
        /**
         * Wandering ones, of which only what holds still together is judged.
         */
        combined: string[];
        unusable: {
          tag: string;
          why: string;
        }[];
      };
      rows: number;
      promise: {
        /**
         * false: too few stretches, or too short a window; `text` says which.
         */
        promised: boolean;
        one_in: number;
        text: string;
        /**
         * Of the rows shown, where they were held out.
         */
        alarms: number;
        /**
         * The same of the worst stretch.
         */
        worst_stretch: number;
      };
      remarks: string[];
      seconds: number;
      memory_mb: number;
    } | null;
    fault: {
      text: string;
      next: string;
    } | null;
    stored: number | null;
    stored_fault: {
      text: string;
      next: string;
    } | null;
    judges: string | null;
    judges_region: [number, number, number, number] | null;
    shadow: {
      compared: number;
      differing: number;
      skipped: number;
      failed: number;
    } | null;
  };
  'GET /scores': {
    package: string | null;
    /**
     * Stretches that have parts, the oldest first.
     */
    steps: {
      /**
       * ms since 1970, UTC
       */
      at: number;
      parts: number;
      /**
       * At or above the threshold that they were judged by.
       */
      refused: number;
      /**
       * A tenth of the parts scored no more.
       */
      low: number;
      middle: number;
      /**
       * A tenth of the parts scored more.
       */
      high: number;
    }[];
    /**
     * Parts by score, in thousandths; those that there are.
     */
    bins: {
      at: number;
      parts: number;
    }[];
    /**
     * Parts of which people say the same; the newest labels first.
     */
    labelled: {
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      score: number;
      label: 'good' | 'bad';
    }[];
    /**
     * false: there is more that was not looked at.
     */
    complete: boolean;
    looked_back_to: number | null;
  };
  'POST /stations/{station}/models/{model}/shadow': {
    /**
     * Of the config file that is applied now.
     */
    version: string;
    /**
     * What that means.
     */
    words: string[];
  };
  'POST /stations/{station}/models/{model}/promote': {
    /**
     * Of the config file that is applied now.
     */
    version: string;
    /**
     * What that means.
     */
    words: string[];
  };
  'POST /stations/{station}/models/{model}/rollback': {
    /**
     * Of the config file that is applied now.
     */
    version: string;
    /**
     * What that means.
     */
    words: string[];
  };
  'GET /shifts': {
    zone: string | null;
    present: string | null;
    /**
     * Newest first.
     */
    shifts: {
      /**
       * The day on which it began, and its name.
       */
      id: string;
      name: string;
      day: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
      over: boolean;
      stations: {
        station: string;
        /**
         * The figures are up to here.
         */
        until: number;
        quantities: {
          /**
           * PQ
           */
          produced: number;
          /**
           * GQ
           */
          good: number;
          /**
           * SQ
           */
          scrap: number;
          /**
           * RQ
           */
          rework: number;
          unknown: {
            review: number;
            failed: number;
            missed: number;
            unrecorded: number;
          };
        };
        /**
         * GQ / PQ
         */
        quality_ratio: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        /**
         * SQ / PQ
         */
        scrap_ratio: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        /**
         * RQ / PQ
         */
        rework_ratio: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        /**
         * GP / IP, of parts with an id
         */
        first_pass_yield: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        times_ms: {
          /**
           * Planned busy time, PBT, ms
           */
          planned: number;
          /**
           * Of it, with the agent on, ms
           */
          watched: number;
          running: number | null;
          stopped: number | null;
          unknown: number | null;
        };
        throughput_rate: number | null;
        /**
         * APT / PBT
         */
        availability: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        /**
         * PRI x PQ / APT
         */
        effectiveness: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        /**
         * Availability x effectiveness x quality ratio
         */
        oee: {
          value: number | null;
          low: number | null;
          high: number | null;
          count: number;
          /**
           * What is known: parts, or ms.
           */
          of: number;
        };
        /**
         * Most parts first.
         */
        recipes: {
          recipe: string;
          quantities: {
            /**
             * PQ
             */
            produced: number;
            /**
             * GQ
             */
            good: number;
            /**
             * SQ
             */
            scrap: number;
            /**
             * RQ
             */
            rework: number;
            unknown: {
              review: number;
              failed: number;
              missed: number;
              unrecorded: number;
            };
          };
          /**
           * GQ / PQ
           */
          quality_ratio: {
            value: number | null;
            low: number | null;
            high: number | null;
            count: number;
            /**
             * What is known: parts, or ms.
             */
            of: number;
          };
          /**
           * SQ / PQ
           */
          scrap_ratio: {
            value: number | null;
            low: number | null;
            high: number | null;
            count: number;
            /**
             * What is known: parts, or ms.
             */
            of: number;
          };
          /**
           * RQ / PQ
           */
          rework_ratio: {
            value: number | null;
            low: number | null;
            high: number | null;
            count: number;
            /**
             * What is known: parts, or ms.
             */
            of: number;
          };
          /**
           * GP / IP, of parts with an id
           */
          first_pass_yield: {
            value: number | null;
            low: number | null;
            high: number | null;
            count: number;
            /**
             * What is known: parts, or ms.
             */
            of: number;
          };
        }[];
        /**
         * Why figures are not known, or not of all.
         */
        doubts: ('agent_off' | 'machine_unknown' | 'parts_unknown' | 'parts_without_id' | 'not_counted')[];
      }[];
    }[];
  };
  'GET /shifts/by/{what}': {
    from: number | null;
    to: number | null;
    /**
     * By order: `containment.order` of a station says which tag names it.
     */
    named: boolean;
    /**
     * false: there are records that are not in it.
     */
    complete: boolean;
    /**
     * Of orders the one that began last first, of recipes that with most parts.
     */
    items: {
      station: string;
      /**
       * Of the order or the recipe.
       */
      name: string;
      recipes: string[];
      from: number | null;
      to: number | null;
      throughput_rate: number | null;
      quantities: {
        /**
         * PQ
         */
        produced: number;
        /**
         * GQ
         */
        good: number;
        /**
         * SQ
         */
        scrap: number;
        /**
         * RQ
         */
        rework: number;
        unknown: {
          review: number;
          failed: number;
          missed: number;
          unrecorded: number;
        };
      };
      /**
       * GQ / PQ
       */
      quality_ratio: {
        value: number | null;
        low: number | null;
        high: number | null;
        count: number;
        /**
         * What is known: parts, or ms.
         */
        of: number;
      };
      /**
       * SQ / PQ
       */
      scrap_ratio: {
        value: number | null;
        low: number | null;
        high: number | null;
        count: number;
        /**
         * What is known: parts, or ms.
         */
        of: number;
      };
      /**
       * RQ / PQ
       */
      rework_ratio: {
        value: number | null;
        low: number | null;
        high: number | null;
        count: number;
        /**
         * What is known: parts, or ms.
         */
        of: number;
      };
      /**
       * GP / IP, of parts with an id
       */
      first_pass_yield: {
        value: number | null;
        low: number | null;
        high: number | null;
        count: number;
        /**
         * What is known: parts, or ms.
         */
        of: number;
      };
    }[];
  };
  'GET /shifts/{day}/{name}/report': {
    shift: {
      id: string;
      name: string;
      day: string;
      /**
       * ms since 1970, UTC
       */
      from: number;
      /**
       * ms since 1970, UTC
       */
      to: number;
      over: boolean;
    };
    zone: string;
    /**
     * When it was made.
     */
    at: number;
    /**
     * false: there are records that are not counted yet.
     */
    complete: boolean;
    queries: {
      name:
        | 'made'
        | 'shifts'
        | 'reasons'
        | 'reason_shifts'
        | 'reason_hours'
        | 'pictures'
        | 'charts'
        | 'challenges'
        | 'holds'
        | 'alarms'
        | 'notes'
        | 'said'
        | 'lasting'
        | 'standing'
        | 'waiting'
        | 'contained';
      says: string;
      /**
       * Over the journal, it gives these rows.
       */
      sql: string;
      parameters: {
        [k: string]: string | number | null;
      };
      rows: {
        [k: string]: string | number | null;
      }[];
    }[];
    worse: {
      station: string;
      reason: string;
      parts: number;
      of: number;
      share: number;
      /**
       * Of a p chart over the shifts before.
       */
      center: number;
      upper: number;
      since: number | null;
    }[];
    /**
     * Of the texts in the rows of `said`, the most frequent first.
     */
    quotes: {
      /**
       * As it was said.
       */
      text: string;
      /**
       * Of all texts that it stands for.
       */
      times: number;
      /**
       * That read differently.
       */
      texts: number;
      /**
       * ms since 1970, UTC
       */
      first: number;
      /**
       * ms since 1970, UTC
       */
      last: number;
    }[];
  };
  'GET /studies/now': {
    /**
     * Of the config.
     */
    plans: {
      station: string;
      name: string;
      kind: 'attributes' | 'type_one' | 'repeatability';
      /**
       * id: a part is known by its own. order: somebody says that the part that is asked for lies there.
       */
      by: 'id' | 'order';
      parts: number;
      appraisers: string[];
      showings: number;
    }[];
    /**
     * By station.
     */
    open: {
      [k: string]: {
        id: string;
        name: string;
        kind: 'attributes' | 'type_one' | 'repeatability';
        /**
         * id: a part is known by its own. order: somebody says that the part that is asked for lies there.
         */
        by: 'id' | 'order';
        shown: number;
        of: number;
        /**
         * ms since 1970, UTC
         */
        at: number;
        who: string;
        asked: {
          showing: number;
          /**
           * Id of the part, or its number where parts are known by their order.
           */
          part: string;
          appraiser: string;
          trial: number;
        };
        /**
         * The part lies there, and the next one judged is it.
         */
        placed: boolean;
        again: string | null;
        other: string | null;
      };
    };
  };
  'GET /studies': {
    items: {
      id: string;
      station: string;
      name: string;
      kind: 'attributes' | 'type_one' | 'repeatability';
      state: 'open' | 'done' | 'ended';
      who: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      ended: number | null;
      why: string;
      shown: number;
      of: number;
    }[];
    next: string | null;
  };
  'GET /studies/beside/{station}': {
    station: string;
    parts: number;
    pairs: {
      /**
       * @minItems 2
       * @maxItems 2
       */
      between: [string, string];
      /**
       * Trials or parts that both have judged.
       */
      both: number;
      kappa: number | null;
    }[];
    refused: string | null;
  };
  'GET /studies/{id}': {
    study: {
      id: string;
      station: string;
      name: string;
      kind: 'attributes' | 'type_one' | 'repeatability';
      state: 'open' | 'done' | 'ended';
      who: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
      ended: number | null;
      why: string;
      shown: number;
      of: number;
    };
    gauge: {
      recipe: string;
      /**
       * By slot: package, version, hash.
       */
      packages: {
        [k: string]: string;
      };
      /**
       * Hash of the config when it began.
       */
      config: string;
      of: string | null;
      reference: number | null;
      tolerance: number | null;
    };
    figures:
      | (
          | {
              kind: 'attributes';
              parts: number;
              good: number;
              bad: number;
              judged: ('good' | 'conditional' | 'unfit') | null;
              appraisers: {
                appraiser: string;
                /**
                 * With its 95 % interval.
                 */
                effectiveness: {
                  share: number | null;
                  low: number;
                  high: number;
                  count: number;
                  of: number;
                };
                /**
                 * With its 95 % interval.
                 */
                misses: {
                  share: number | null;
                  low: number;
                  high: number;
                  count: number;
                  of: number;
                };
                /**
                 * With its 95 % interval.
                 */
                false_alarms: {
                  share: number | null;
                  low: number;
                  high: number;
                  count: number;
                  of: number;
                };
                /**
                 * With its 95 % interval.
                 */
                repeats: {
                  share: number | null;
                  low: number;
                  high: number;
                  count: number;
                  of: number;
                };
                kappa: number | null;
                judged: ('good' | 'conditional' | 'unfit') | null;
                abstained: number;
              }[];
              pairs: {
                /**
                 * @minItems 2
                 * @maxItems 2
                 */
                between: [string, string];
                /**
                 * Trials or parts that both have judged.
                 */
                both: number;
                kappa: number | null;
              }[];
              together: number | null;
            }
          | {
              kind: 'type_one';
              n: number;
              mean: number;
              deviation: number;
              bias: number;
              t: number;
              p: number;
              cg: number;
              cgk: number;
              least: number;
              /**
               * By more than luck.
               */
              biased: boolean;
              judged: ('good' | 'conditional' | 'unfit') | null;
            }
          | {
              kind: 'repeatability';
              parts: number;
              appraisers: number;
              trials: number;
              /**
               * Of the total standard deviation.
               */
              percent: {
                gauge: number;
                repeatability: number;
                reproducibility: number;
                part: number;
              };
              of_tolerance: number | null;
              categories: number;
              pooled: boolean;
              sources: {
                source: 'part' | 'appraiser' | 'interaction' | 'residual';
                sum_of_squares: number;
                freedom: number;
                f: number | null;
                p: number | null;
              }[];
              judged: ('good' | 'conditional' | 'unfit') | null;
            }
        )
      | null;
    refused: string | null;
    conditions: {
      tag: string;
      low: number;
      high: number;
    }[];
    showings: {
      showing: number;
      part: string;
      appraiser: string;
      trial: number;
      truth: ('good' | 'bad') | null;
      said: ('good' | 'bad' | 'none') | null;
      value: number | null;
      inspection: string;
      /**
       * ms since 1970, UTC
       */
      at: number;
    }[];
  };
  /**
   * What the command gives back: the part that is asked for.
   */
  'POST /studies/begin': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back: the part that is asked for.
   */
  'POST /studies/place': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back: the part that is asked for.
   */
  'POST /studies/again': {
    [k: string]: unknown;
  };
  /**
   * What the command gives back: the part that is asked for.
   */
  'POST /studies/cancel': {
    [k: string]: unknown;
  };
  'GET /support': {
    /**
     * ms since 1970, UTC
     */
    made: number;
    version: string;
    box: {
      node: string;
      system: string;
      processor: string;
      cores: number;
      memory_mb: number;
      time_zone: string;
    };
    /**
     * As /line has it.
     */
    line: {
      [k: string]: unknown;
    };
    /**
     * Of every station.
     */
    states: {
      [k: string]: unknown;
    };
    /**
     * As /health has it.
     */
    health: {
      [k: string]: unknown;
    };
    /**
     * As /alarms has them, and those that were.
     */
    alarms: {
      [k: string]: unknown;
    };
    /**
     * As /models has them.
     */
    models: {
      [k: string]: unknown;
    };
    /**
     * As /tags has them.
     */
    tags: {
      [k: string]: unknown;
    };
    /**
     * The file with every secret masked, what is wrong with it, and its versions.
     */
    config: {
      [k: string]: unknown;
    };
    /**
     * As /certificates has them.
     */
    certificates: {
      [k: string]: unknown;
    };
    /**
     * Events that the broker refused.
     */
    outbox: {
      [k: string]: unknown;
    };
    /**
     * The last 100.
     */
    inspections: {
      [k: string]: unknown;
    };
    /**
     * The last 100 changes.
     */
    audit: {
      [k: string]: unknown;
    };
    /**
     * Where they were asked for: the first of each of the last 5 parts that were not ok.
     */
    pictures: {
      inspection: string;
      type: string;
      base64: string;
    }[];
    /**
     * What could not be found out, and why.
     */
    missing: {
      part: string;
      why: string;
    }[];
  };
}
