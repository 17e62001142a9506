const DefaultSequencer = require('@jest/test-sequencer').default;

/** What runs a suite of another package (conformance), or three nodes: little text, and minutes. */
const LONG = /conformance|(kafka|postgres)-broker|kafka-cluster|failover/;

/**
 * For Jest, which knows no durations on a fresh clone and runs small files last: then one worker would be alone with these at
 * the end. They come after a quarter of the others.
 */
module.exports = class SharedSuitesEarly extends DefaultSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path }) => LONG.test(path);
    const others = sorted.filter((test) => !isLong(test));
    return others.toSpliced(Math.floor(others.length / 4), 0, ...sorted.filter(isLong));
  }
};
