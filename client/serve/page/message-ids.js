/** Which id a message is sent with: what was not seen to be taken may be on its way, and said again it is the same one. */
export class MessageIds {
  /** By text. */
  unsure = new Map();

  /** @param {string} text */
  take(text) {
    return this.unsure.get(text) ?? newMessageId();
  }

  /** It came to nothing, as far as is known here. */
  keep(text, messageId) {
    this.unsure.set(text, messageId);
  }

  /** It has been taken: the same text once more is another message. @returns whether that was unsure */
  forget(text) {
    return this.unsure.delete(text);
  }
}

/** `randomUUID` is there for pages of this machine and of https alone. */
function newMessageId() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}
