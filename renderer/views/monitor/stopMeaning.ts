import type { Task } from '../../../shared/model/task.ts';

/** What stopping a task leaves behind, in a sentence or two for the person who is about to. */
export function stopMeaning(task: Task): string {
  switch (task.type) {
    case 'qmigrate':
    case 'vzmigrate':
      return `The guest stays on ${task.node} and keeps running there as it did. What was copied to the other node is thrown away by the server; a copied disk it could not remove is named at the end of the log.`;
    case 'vzdump':
      return 'The backup is thrown away; older backups stay. The guest goes on, and its snapshot or lock is taken back by the server.';
    case 'qmrestore':
    case 'vzrestore':
      return 'The guest that is being restored is left incomplete and cannot be started. Remove it, or restore it anew.';
    case 'qmclone':
    case 'vzclone':
      return 'The copy is thrown away. The guest it was taken from is untouched.';
    case 'qmmove':
    case 'move_volume':
      return 'The disk stays where it was, and the copy is thrown away.';
    case 'imgcopy':
    case 'upload':
    case 'download':
      return 'The file is not kept on the storage. What was sent of it is lost and has to be sent anew.';
    case 'qmstop':
    case 'qmshutdown':
    case 'vzstop':
    case 'vzshutdown':
    case 'qmreboot':
    case 'vzreboot':
      return 'The server no longer waits for the guest. The guest may still end by itself a moment later.';
    case 'garbage_collection':
    case 'verificationjob':
    case 'verify':
    case 'verify_group':
    case 'verify_snapshot':
      return 'It ends where it stands and harms nothing; the next run starts from the beginning.';
    case 'backup':
      return 'The backup is thrown away; older backups stay. Its client is told that it failed.';
    case 'sync':
    case 'syncjob':
      return 'Snapshots that are through stay; the one under way is thrown away. The next run goes on from there.';
    default:
      return 'The server ends the task where it stands. What it did until now is not undone.';
  }
}
