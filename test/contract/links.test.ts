import { checkLeaks } from '../support/leakCheck.ts';
import { describeLink } from '../support/describeLink.ts';
import { emitterPortLinks, memoryLinks, portLinks, webSocketLinks } from '../support/links.ts';

checkLeaks();
describeLink('memory link', memoryLinks);
describeLink('message port link', () => portLinks(false));
describeLink('message port link that hands buffers over', () => portLinks(true));
describeLink('message port link into Electron', emitterPortLinks);
describeLink('WebSocket link', () => webSocketLinks());
describeLink('WebSocket link read one byte at a time', () => webSocketLinks({ oneByte: true }));
