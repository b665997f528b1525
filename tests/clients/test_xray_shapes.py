"""The shape of every operation's input: each constraint of AWS's own model is broken once, and the answer has to
be the service's refusal of just that."""

import json
import unittest
import urllib.error
import urllib.request

import botocore.session

from stack import Stack

# A required number of these shapes counts as 0 where it is missing: the service has a Java int for it.
PRIMITIVE = ("integer", "double")


def small(name):
    return name[0].lower() + name[1:]


class Shapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.stop)
        cls.model = botocore.session.get_session().get_service_model("xray")

    def post(self, path, body):
        request = urllib.request.Request(
            self.stack.url + path, method="POST", data=json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.headers.get("x-amzn-errortype"), json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.headers.get("x-amzn-errortype"), json.load(error)

    def good(self, shape):
        """Returns a value that the model allows."""
        kind = shape.type_name
        if kind == "structure":
            return {name: self.good(shape.members[name]) for name in shape.required_members}
        if kind == "list":
            return []
        if kind == "map":
            return {}
        if kind == "string":
            if shape.enum:
                return shape.enum[0]
            if "pattern" in shape.metadata and "fA-F" in str(self.pattern(shape)):
                return "a7d1c5e0-1f3b-4c2d-9e8f-0123456789ab"
            return "x" * max(shape.metadata.get("min", 0), 1)
        if kind == "boolean":
            return False
        return max(shape.metadata.get("min", 0), 1)

    def pattern(self, shape):
        return self.model._shape_resolver._shape_map[shape.name].get("pattern")

    def broken(self, shape, value, path):
        """Yields (value, clause, family) for each way to break `shape`, with the other members as in `value`."""
        kind = shape.type_name
        at = f"at '{path}' failed to satisfy constraint: Member must "
        least, most = (shape.metadata.get(end) for end in ("min", "max"))
        wrong = {
            "string": (7, "NUMBER_VALUE can not be converted to a String"),
            "integer": ("7", "STRING_VALUE can not be converted to an Integer"),
            "double": (True, "TRUE_VALUE can not be converted to a Double"),
            "boolean": (7, "NUMBER_VALUE can not be converted to a Boolean"),
            "timestamp": ("x", "STRING_VALUE can not be converted to milliseconds since epoch"),
            "list": ({}, "Start of structure or map found where not expected."),
            "map": ([], "Start of list found where not expected"),
            "structure": ([], "Start of list found where not expected"),
        }[kind]
        yield wrong[0], wrong[1], "SerializationException"
        if kind == "string":
            if most is not None:
                yield "x" * (most + 1), f"{at}have length less than or equal to {most}", None
            if least:
                yield "", f"{at}have length greater than or equal to {least}", None
            if shape.enum:
                yield "No", f"{at}satisfy enum value set: [{', '.join(shape.enum)}]", None
            if self.pattern(shape):
                yield "a b", f"{at}satisfy regular expression pattern: {self.pattern(shape)}", None
        elif kind in PRIMITIVE:
            if most is not None:
                yield most + 1, f"{at}have value less than or equal to {most}", None
            if least is not None:
                yield least - 1, f"{at}have value greater than or equal to {least}", None
        elif kind == "list":
            element = shape.member
            if most is not None:
                good = self.good(element)
                yield [good] * (most + 1), f"{at}have length less than or equal to {most}", None
            if element.type_name == "structure":
                good = self.good(element)
                for inner, clause, family in self.broken(element, good, f"{path}.1.member"):
                    yield [inner], clause, family
        elif kind == "map" and most is not None:
            pairs = {str(number): "v" for number in range(most + 1)}
            yield pairs, f"{at}have length less than or equal to {most}", None
        elif kind == "structure":
            yield from self.broken_members(shape, value, path)

    def broken_members(self, shape, value, path):
        for name, member in shape.members.items():
            inner_path = f"{path}.{small(name)}" if path else small(name)
            if name in shape.required_members:
                without = {key: inner for key, inner in value.items() if key != name}
                is_zero = member.type_name in PRIMITIVE and not member.name.startswith("Nullable")
                null = f"Value null at '{inner_path}' failed to satisfy constraint: Member must not be null"
                if not is_zero:
                    yield without, null, None
                    yield {**value, name: None}, null, None
                elif member.metadata.get("min", 0) > 0:
                    yield without, f"Value '0' at '{inner_path}' failed to satisfy constraint: ", None
            good = value.get(name, self.good(member))
            for inner, clause, family in self.broken(member, good, inner_path):
                yield {**value, name: inner}, clause, family

    def test_every_constraint_of_the_model_is_held(self):
        n_broken = 0
        for name in self.model.operation_names:
            operation = self.model.operation_model(name)
            if operation.input_shape is None:
                continue
            shape = operation.input_shape
            for body, clause, family in self.broken_members(shape, self.good(shape), ""):
                n_broken += 1
                code, answer = self.post(operation.http["requestUri"], body)
                with self.subTest(name, clause=clause):
                    self.assertEqual(code, family or "ValidationException", answer)
                    key = "Message" if family else "message"
                    self.assertEqual(list(answer), [key])
                    self.assertIn(clause, answer[key])
        self.assertGreater(n_broken, 200)


if __name__ == "__main__":
    unittest.main()
