import { expect, it } from 'vitest';

import { holds, missing, needs, type PrivilegeTree } from '../../../shared/model/privileges.ts';

const tree: PrivilegeTree = {
  '/': { 'Sys.Audit': true, 'Sys.Modify': false },
  '/vms': { 'VM.Audit': true, 'VM.Console': true, 'VM.Migrate': false },
  '/vms/101': { 'VM.Audit': false },
};

it('takes a path’s own rules in place of those above it', () => {
  expect(holds(tree, '/vms/101', 'VM.Audit')).toBe(true);
  expect(holds(tree, '/vms/101', 'VM.Console')).toBe(false);
});

it('hands down what propagates, and nothing else', () => {
  expect(holds(tree, '/vms/100', 'VM.Console')).toBe(true);
  expect(holds(tree, '/vms', 'VM.Migrate')).toBe(true);
  expect(holds(tree, '/vms/100', 'VM.Migrate')).toBe(false);
  expect(holds(tree, '/nodes/pve1', 'Sys.Audit')).toBe(true);
  expect(holds(tree, '/nodes/pve1', 'Sys.Modify')).toBe(false);
});

it('offers everything while nothing is known, and nothing where nothing is listed', () => {
  expect(missing(undefined, needs.migrate(100))).toBeUndefined();
  expect(missing({}, needs.consoleOfNode('pve1'))).toBe('Sys.Console on /nodes/pve1');
});

it('names everything that is missing', () => {
  expect(missing(tree, needs.migrate(100), needs.spaceOn('local'), needs.consoleOfGuest(100))).toBe(
    'VM.Migrate on /vms/100, Datastore.AllocateSpace on /storage/local',
  );
});
