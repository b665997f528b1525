"""Runs the AWS CLI lines of the README, as they stand there, against the stack."""

import os
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

from stack import Stack

README = Path(__file__).parents[2] / "README.md"


class Readme(unittest.TestCase):
    def test_every_aws_line_of_the_readme_answers_after_setup(self):
        lines = [line for line in README.read_text().splitlines() if line.startswith("aws ")]
        self.assertGreaterEqual(len(lines), 4)
        stack = Stack()
        self.addCleanup(stack.stop)
        subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], "setup", "--target", "local", "--data-dir", stack.data],
            check=True,
            capture_output=True,
        )
        # The AWS CLI of this virtual environment, not one of the machine.
        bin_folder = os.path.dirname(sys.executable)
        environment = stack.environment(PATH=f"{bin_folder}:{os.environ['PATH']}")
        for line in lines:
            with self.subTest(line):
                ran = subprocess.run(shlex.split(line), env=environment, capture_output=True, text=True)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertIn("{", ran.stdout)


if __name__ == "__main__":
    unittest.main()
