/** Contents of messages → Markdown: text is shown, everything else is named. */
import type { ContentBlock } from '../../agent/messages';
import { formatBytes } from '../timeline/words';
import { inline } from './markdown-text';

/** One piece a block; `show` is what becomes of text. */
export function contentPieces(
  content: string | readonly ContentBlock[],
  show: (text: string) => string,
): readonly string[] {
  if (typeof content === 'string') return content === '' ? [] : [show(content)];
  return content.flatMap((block) => blockPieces(block, show));
}

function blockPieces(block: ContentBlock, show: (text: string) => string): readonly string[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [show(block.text)];
    case 'image':
    case 'audio':
      return [named(block.type, block.mimeType, sizeOf(block.data))];
    case 'resource_link':
      return [named('link', block.name, block.uri, block.mimeType)];
    case 'resource': {
      const { resource } = block;
      if ('text' in resource) {
        return [named('resource', resource.uri, resource.mimeType), show(resource.text)];
      }
      return [named('resource', resource.uri, resource.mimeType, sizeOf(resource.blob))];
    }
    default:
      // History may hold blocks of a later version.
      return [named(String((block as { readonly type?: unknown }).type))];
  }
}

/** `[image image/png, 12.0 KiB]` */
function named(kind: string, ...facts: readonly (string | undefined)[]): string {
  const told = facts.filter((fact) => fact !== undefined).join(', ');
  return `[${inline(told === '' ? kind : `${kind} ${told}`)}]`;
}

/** Of what base64 stands for. */
function sizeOf(base64: string): string {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return formatBytes(Math.floor((base64.length * 3) / 4) - padding);
}
