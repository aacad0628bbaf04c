#!/usr/bin/python
import os
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"path": {"type": "path"}})
os.system("systemctl stop pveproxy")
module.exit_json(changed=False, stat={"exists": True})
