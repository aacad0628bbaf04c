#!/usr/bin/python
import os
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={}, supports_check_mode=True)
with open("/etc/sysctl.d/99-node.conf", "w") as conf:
    conf.write("kernel.sysrq = 1\n")
module.exit_json(changed=False, load=os.getloadavg())
