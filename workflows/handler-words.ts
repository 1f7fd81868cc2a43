/** What the Temporal UI says of each signal, update and query to those who send one by hand. */
export const handlerWords = {
  sendMessage:
    'A message: {"messageId":"m1","message":{"role":"user","content":"…"},"delivery":"queue"}; delivery may be queue, steer or interrupt.',
  userMessage: 'As sendMessage, without an answer; what is malformed is set aside.',
  decide:
    'A word for what waits: {"callId":"t1s1c0","approved":true}; "answer" to a question, "reason" with a no, "remember":true for every later call of the tool.',
  interrupt: 'Stops the running turn. No input, or {"turn":1}: only that one.',
  pause: 'Calls no model from the next step on. No input.',
  resume: 'Goes on after pause. No input.',
  cancelQueued: 'Takes back messages that wait: {"messageIds":["m1"]}.',
  editQueued:
    'Changes a message that waits: {"messageId":"m1","message":{"role":"user","content":"…"}}.',
  adopt: 'Goes on with another agent or model: {"agent":"name","model":"name"}, either of them.',
  compact: 'Has older messages give way to a summary. No input.',
  close: 'Takes no more messages. No input.',
  state: 'Where it stands. No input, or {"messageId":"m1"}.',
  messages: 'A page of messages: {"from":0}.',
  transcript: 'For workers.',
  pinnedAgent: 'The agent as it was when the conversation took it up. No input.',
} as const;
