const { default: Sequencer } = require('@jest/test-sequencer');

module.exports = class ByName extends Sequencer {
  sort(tests) {
    return [...tests].sort((left, right) => (left.path < right.path ? -1 : 1));
  }
};
