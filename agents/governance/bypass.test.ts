import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordedCalls } from "../testing/recorded.ts";
import { findBypass } from "./bypass.ts";

describe("a command whose program has a tool of its own", () => {
  it.each([
    ["terraform apply", "run_terraform"],
    ["cd /app/infra && terraform init 2>&1 | tee out.txt || true", "run_terraform"],
    ["/usr/local/bin/terraform plan", "run_terraform"],
    ["TF_LOG=1 terraform plan", "run_terraform"],
    ["sudo -u root env A=b timeout -k 5 60 terraform apply", "run_terraform"],
    ["bash -lc 'cd x; terraform apply'", "run_terraform"],
    ['sh -euo pipefail -c "terraform apply"', "run_terraform"],
    ["out=$(terraform output -json)", "run_terraform"],
    ['echo "state: `terraform show`"', "run_terraform"],
    ['echo "a $(echo $(terraform show)) b"', "run_terraform"],
    ["cat <(terraform show)", "run_terraform"],
    ["te'rra'form apply", "run_terraform"],
    ["\\terraform apply", "run_terraform"],
    ["if true; then terraform apply; fi", "run_terraform"],
    ["(terraform apply)", "run_terraform"],
    ["{ terraform apply; }", "run_terraform"],
    ["true & terraform apply", "run_terraform"],
    ["2>/dev/null terraform apply", "run_terraform"],
    ["find . -name '*.tf' -exec terraform fmt {} +", "run_terraform"],
    ["bash <<EOF\nterraform apply\nEOF", "run_terraform"],
    ["cat > a.txt <<'EOF'\nhello\nEOF\nterraform apply", "run_terraform"],
    ["eval 'terraform apply'", "run_terraform"],
    ["ansible-playbook -i hosts site.yml", "run_ansible"],
    ["ansible all -m ping", "run_ansible"],
    ["nohup ansible-playbook site.yml &", "run_ansible"],
    ["ssh root@pve1 hostname", "run_ssh"],
    ["echo x | ssh pve1 'cat > y'", "run_ssh"],
    ["scp a pve1:", "run_ssh"],
    ["sshpass -p x ssh pve1", "run_ssh"],
    ["ssh-keyscan pve1 >> known_hosts", "run_ssh"],
    ["printf 'pve1\\n' | xargs -I{} ssh {} uptime", "run_ssh"],
  ])("%s is pointed at %s (F67)", (command, tool) => {
    expect(findBypass(command)?.tool).toBe(tool);
  });

  it.each([
    "ls -la /app/config/ansible_proxmox_hardening",
    "grep -rn terraform /app/infra",
    "cat terraform.auto.tfvars",
    "echo 'run terraform apply next'",
    'echo "ssh is off"',
    "find . | xargs grep -l terraform",
    "# terraform apply\nls",
    "cat > README.md <<'EOF'\nterraform apply\nansible-playbook site.yml\nEOF",
    "ls > terraform",
    "ansible-lint site.yml",
    "ssh-keygen -lf key.pub",
    "git diff -- terraform/main.tf; echo $((1 + 2))",
    "test -d ssh && echo yes",
    "",
    "echo 'unclosed",
    "$(",
    "<<",
  ])("%s is left alone", (command) => {
    expect(findBypass(command)).toBeUndefined();
  });
});

it.each(["$(", '"$(', "`", "<<E\n", "bash -c '", "(", '"', "eval ", "sudo "])(
  "a command of thousands of %j is judged, not choked on",
  (piece) => {
    expect(findBypass(piece.repeat(30_000 / piece.length))).toBeUndefined();
  },
);

it("any text is judged without an error", () => {
  const pieces = fc.constantFrom(
    "$(",
    ")",
    '"',
    "'",
    "`",
    "<<E\n",
    "E\n",
    ";",
    " ",
    "\\",
    "a",
    "|",
    "<(",
    "2>",
    "{",
    "bash -c ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      findBypass(parts.join(""));
    }),
  );
});

const recordedShell = recordedCalls("run_shell");

it.runIf(recordedShell.length > 0)(
  "refuses the recorded commands that went around a tool, and no others (F67)",
  () => {
    const counts: Record<string, number> = {
      run_terraform: 0,
      run_ansible: 0,
      run_ssh: 0,
      none: 0,
      keyscan: 0,
    };
    for (const { args } of recordedShell) {
      const bypass = findBypass(args.command ?? "");
      const key = bypass?.program === "ssh-keyscan" ? "keyscan" : (bypass?.tool ?? "none");
      counts[key] = (counts[key] ?? 0) + 1;
    }
    // 62 ansible calls were counted; one more is cut in the recording in the middle of "ansible-playbo".
    expect(counts).toEqual({ run_ansible: 63, run_ssh: 11, run_terraform: 8, keyscan: 2, none: 235 });
  },
);
