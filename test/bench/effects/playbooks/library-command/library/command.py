#!/usr/bin/python
import json
import subprocess

subprocess.run(["qm", "stop", "100"])
print(json.dumps({"changed": False, "rc": 0, "stdout": "", "stdout_lines": []}))
