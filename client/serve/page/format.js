/** Numbers as people read them. */

export function formatDuration(ms) {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

export function formatCost(costUsd) {
  if (typeof costUsd !== 'number') return 'cost unknown';
  if (costUsd === 0) return '$0';
  const digits = Math.min(Math.max(2 - Math.floor(Math.log10(costUsd)), 2), 12);
  return `$${costUsd.toFixed(digits)}`;
}

export function formatTokens({ inputTokens, outputTokens }) {
  return `${formatCount(inputTokens)} → ${formatCount(outputTokens)} tokens`;
}

export function formatCount(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatAgo(iso) {
  const ms = Date.now() - Date.parse(iso);
  return ms < 60_000 ? 'just now' : `${formatDuration(ms)} ago`;
}

/** What a content says, as text. */
export function contentToText(content) {
  return typeof content === 'string' ? content : content.map(blockToText).join('\n');
}

function blockToText(block) {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'resource':
      return `[resource ${block.resource.uri}]\n${block.resource.text ?? ''}`;
    case 'resource_link':
      return `[resource ${block.name}: ${block.uri}]`;
    default:
      return `[${block.type} ${block.mimeType ?? ''}]`;
  }
}

/** Characters that are not seen, or that turn others around, as their codes: nobody is to allow what he cannot see. */
export function visible(text) {
  return text.replace(
    /(?!\s)\p{Cc}|(?![\ufe0e\ufe0f])\p{DI}|[\u2028\u2029\ufff9-\ufffb]/gu,
    (character) =>
      character
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
  );
}
