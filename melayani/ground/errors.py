# SPDX-License-Identifier: EUPL-1.2
"""The one family of anticipated refusals; anything else that is raised is a bug."""


class Refused(Exception):  # noqa: N818  # a refusal is an answer the house expects, not an error in it
    """The act was refused for a reason the person can understand; nothing was written.

    `code` is stable and for machines (`promise_too_short`). `sentence` is plain Indonesian and says what to do next; it
    is the message id. What varies stands in it as `%(name)s` and comes as a keyword, never written into the sentence,
    so that a face can say it in another language (`cases.wording.said_refusal`). `counted` names the value that chooses
    between singular and plural where a language has both. `message` is the sentence with its values, for machines.
    """

    def __init__(self, code: str, sentence: str, *, counted: str = "", **values: object) -> None:
        self.message = sentence % values if values else sentence
        super().__init__(self.message)
        self.code = code
        self.sentence = sentence
        self.values = values
        self.counted = counted
