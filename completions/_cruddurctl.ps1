
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'cruddurctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'cruddurctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'cruddurctl' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show everything once, offline: set up, serve, load, query, compare')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the X-Ray group, the sampling rule and the log group are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the X-Ray group, the sampling rule and the log group with all its lines')
            [CompletionResult]::new('xray', 'xray', [CompletionResultType]::ParameterValue, 'Work with X-Ray: its group and its sampling rule')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Work with CloudWatch Logs')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the instrumented mock back end of Cruddur')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Ask Honeycomb, or the local stack in its place')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'Draw one request: what was done inside of what, when, and how it went')
            [CompletionResult]::new('stack', 'stack', [CompletionResultType]::ParameterValue, 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Look into the local stack''s data folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;demo' {
            [CompletionResult]::new('--requests', '--requests', [CompletionResultType]::ParameterName, 'How many requests to send')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'What to make chance from')
            [CompletionResult]::new('--svg', '--svg', [CompletionResultType]::ParameterName, 'Write the heatmap as an SVG picture too')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave stack and back end running until Ctrl-C')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;setup' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]')
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'The class of a new log group; one that is there keeps its class for life')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key')
            [CompletionResult]::new('--deletion-protection', '--deletion-protection', [CompletionResultType]::ParameterName, 'Keep the log group from being deleted, or with `=false` let it be again')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;plan' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]')
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'The class of a new log group; one that is there keeps its class for life')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key')
            [CompletionResult]::new('--deletion-protection', '--deletion-protection', [CompletionResultType]::ParameterName, 'Keep the log group from being deleted, or with `=false` let it be again')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the plan')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date')
            [CompletionResult]::new('--detailed-exitcode', '--detailed-exitcode', [CompletionResultType]::ParameterName, 'End with exit code 2 if there are changes to apply')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;status' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]')
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'The class of a new log group; one that is there keeps its class for life')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key')
            [CompletionResult]::new('--deletion-protection', '--deletion-protection', [CompletionResultType]::ParameterName, 'Keep the log group from being deleted, or with `=false` let it be again')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the state')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;teardown' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create groups and sampling rules, or bring them to what the file says')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up groups and sampling rules would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether groups and sampling rules are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the sampling rules and groups that the file names, as far as they are ours')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a file of sampling rules and groups without sending anything')
            [CompletionResult]::new('traces', 'traces', [CompletionResultType]::ParameterValue, 'List traces, the newest first')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Show which service calls which, and how that went')
            [CompletionResult]::new('daemon', 'daemon', [CompletionResultType]::ParameterValue, 'Stand in for AWS''s X-Ray daemon, in the foreground; or ask what was refused')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List the sampling rules in the order in which they are asked')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'List the groups')
            [CompletionResult]::new('sampling', 'sampling', [CompletionResultType]::ParameterValue, 'Tell how requests are sampled')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;setup' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;plan' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the plan')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date')
            [CompletionResult]::new('--detailed-exitcode', '--detailed-exitcode', [CompletionResultType]::ParameterName, 'End with exit code 2 if there are changes to apply')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;status' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the state')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;teardown' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;check' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print what was found')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'Rewrite misspelt keys in the file, and nothing else')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;traces' {
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Only traces that this filter expression means, such as ''service("backend-flask") { fault }''')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Only traces of this group')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'At this moment and later, such as 2026-11-24T10:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this moment; without --since, the hour before it')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most this many traces, the newest')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;graph' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Only traces of this group')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'At this moment and later, such as 2026-11-24T10:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this moment; without --since, the hour before it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the graph')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;daemon' {
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Where to listen, UDP for segments and TCP for everything else; port 0 lets the system choose')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Where to listen, UDP for segments and TCP for everything else; port 0 lets the system choose')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Where to listen with TCP, if not at the same address')
            [CompletionResult]::new('--bind-tcp', '--bind-tcp', [CompletionResultType]::ParameterName, 'Where to listen with TCP, if not at the same address')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port of both, in place of the ones in the addresses')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The AWS region [default: AWS_REGION; with --forward also the profile''s]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region [default: AWS_REGION; with --forward also the profile''s]')
            [CompletionResult]::new('--spool-size', '--spool-size', [CompletionResultType]::ParameterName, 'How much may wait on disk for each side, such as 64MiB; beyond it the oldest segments go, and are counted')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long to go on sending after Ctrl-C; what is left waits in the spool for the next start')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'How much to say')
            [CompletionResult]::new('--log-level', '--log-level', [CompletionResultType]::ParameterName, 'How much to say')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the oldest events go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that are older than this, such as 12h or 7d')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The real daemon''s configuration file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The real daemon''s configuration file')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The real daemon''s log file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'The real daemon''s log file')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The real daemon''s buffer')
            [CompletionResult]::new('--buffer-memory', '--buffer-memory', [CompletionResultType]::ParameterName, 'The real daemon''s buffer')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'The real daemon''s role')
            [CompletionResult]::new('--role-arn', '--role-arn', [CompletionResultType]::ParameterName, 'The real daemon''s role')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'The ARN of what the real daemon runs on')
            [CompletionResult]::new('--resource-arn', '--resource-arn', [CompletionResultType]::ParameterName, 'The ARN of what the real daemon runs on')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'The real daemon''s proxy')
            [CompletionResult]::new('--proxy-address', '--proxy-address', [CompletionResultType]::ParameterName, 'The real daemon''s proxy')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Let other machines in; the daemon asks nobody who they are')
            [CompletionResult]::new('--forward', '--forward', [CompletionResultType]::ParameterName, 'Send segments to AWS, besides storing them in the local stack')
            [CompletionResult]::new('--forward-only', '--forward-only', [CompletionResultType]::ParameterName, 'Send segments to AWS and store none locally; the stack only keeps what was refused')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'What the real daemon needs outside of EC2')
            [CompletionResult]::new('--local-mode', '--local-mode', [CompletionResultType]::ParameterName, 'What the real daemon needs outside of EC2')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('rejects', 'rejects', [CompletionResultType]::ParameterValue, 'List the segments that the local stack refused, and why')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;daemon;rejects' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Those of the last stretch of time, such as 90s, 15m, 2h or 7d')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;daemon;help' {
            [CompletionResult]::new('rejects', 'rejects', [CompletionResultType]::ParameterValue, 'List the segments that the local stack refused, and why')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;daemon;help;rejects' {
            break
        }
        'cruddurctl;xray;daemon;help;help' {
            break
        }
        'cruddurctl;xray;rules' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;groups' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;sampling' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell which sampling rule decides about a request, why, and what that costs a month')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;sampling;explain' {
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service, which is the segment''s name')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The Host header')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The path without its query')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The segment''s origin, such as AWS::ECS::Container')
            [CompletionResult]::new('--rps', '--rps', [CompletionResultType]::ParameterName, 'How many such requests come in a second')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'Ask the rules of this file instead of the rules of X-Ray')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the answer')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;sampling;help' {
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell which sampling rule decides about a request, why, and what that costs a month')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;sampling;help;explain' {
            break
        }
        'cruddurctl;xray;sampling;help;help' {
            break
        }
        'cruddurctl;xray;help' {
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create groups and sampling rules, or bring them to what the file says')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up groups and sampling rules would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether groups and sampling rules are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the sampling rules and groups that the file names, as far as they are ours')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a file of sampling rules and groups without sending anything')
            [CompletionResult]::new('traces', 'traces', [CompletionResultType]::ParameterValue, 'List traces, the newest first')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Show which service calls which, and how that went')
            [CompletionResult]::new('daemon', 'daemon', [CompletionResultType]::ParameterValue, 'Stand in for AWS''s X-Ray daemon, in the foreground; or ask what was refused')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List the sampling rules in the order in which they are asked')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'List the groups')
            [CompletionResult]::new('sampling', 'sampling', [CompletionResultType]::ParameterValue, 'Tell how requests are sampled')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;help;setup' {
            break
        }
        'cruddurctl;xray;help;plan' {
            break
        }
        'cruddurctl;xray;help;status' {
            break
        }
        'cruddurctl;xray;help;teardown' {
            break
        }
        'cruddurctl;xray;help;check' {
            break
        }
        'cruddurctl;xray;help;traces' {
            break
        }
        'cruddurctl;xray;help;graph' {
            break
        }
        'cruddurctl;xray;help;daemon' {
            [CompletionResult]::new('rejects', 'rejects', [CompletionResultType]::ParameterValue, 'List the segments that the local stack refused, and why')
            break
        }
        'cruddurctl;xray;help;daemon;rejects' {
            break
        }
        'cruddurctl;xray;help;rules' {
            break
        }
        'cruddurctl;xray;help;groups' {
            break
        }
        'cruddurctl;xray;help;sampling' {
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell which sampling rule decides about a request, why, and what that costs a month')
            break
        }
        'cruddurctl;xray;help;sampling;explain' {
            break
        }
        'cruddurctl;xray;help;help' {
            break
        }
        'cruddurctl;logs' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the log group, or bring it up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up the log group would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the log group is as it should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the log group with all its lines')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;logs;setup' {
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]')
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'The class of a new log group; one that is there keeps its class for life')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key')
            [CompletionResult]::new('--deletion-protection', '--deletion-protection', [CompletionResultType]::ParameterName, 'Keep the log group from being deleted, or with `=false` let it be again')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;plan' {
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]')
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'The class of a new log group; one that is there keeps its class for life')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key')
            [CompletionResult]::new('--deletion-protection', '--deletion-protection', [CompletionResultType]::ParameterName, 'Keep the log group from being deleted, or with `=false` let it be again')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the plan')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--adopt', '--adopt', [CompletionResultType]::ParameterName, 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date')
            [CompletionResult]::new('--detailed-exitcode', '--detailed-exitcode', [CompletionResultType]::ParameterName, 'End with exit code 2 if there are changes to apply')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;status' {
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]')
            [CompletionResult]::new('--class', '--class', [CompletionResultType]::ParameterName, 'The class of a new log group; one that is there keeps its class for life')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key')
            [CompletionResult]::new('--deletion-protection', '--deletion-protection', [CompletionResultType]::ParameterName, 'Keep the log group from being deleted, or with `=false` let it be again')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Tag everything that is set up; may be given several times')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the state')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;teardown' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;help' {
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the log group, or bring it up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up the log group would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the log group is as it should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the log group with all its lines')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;logs;help;setup' {
            break
        }
        'cruddurctl;logs;help;plan' {
            break
        }
        'cruddurctl;logs;help;status' {
            break
        }
        'cruddurctl;logs;help;teardown' {
            break
        }
        'cruddurctl;logs;help;help' {
            break
        }
        'cruddurctl;serve' {
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The address to listen on')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port to listen on; 0 lets the system choose')
            [CompletionResult]::new('--stack-port', '--stack-port', [CompletionResultType]::ParameterName, 'The port of the local stack, if this command has to start it')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the oldest events go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that are older than this, such as 12h or 7d')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--console', '--console', [CompletionResultType]::ParameterName, 'Print every span too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;query' {
            [CompletionResult]::new('--column', '--column', [CompletionResultType]::ParameterName, 'The column to calculate over')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Over the last stretch of time, such as 90s, 15m, 2h, 1h30m or 7d')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Group by this column; may be given more than once')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only events for which this holds, such as ''http.route = /api/activities/home''; may be given more than once, then all must hold')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset to ask, or __all__')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most this many groups')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the answer')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;trace' {
            [CompletionResult]::new('--within', '--within', [CompletionResultType]::ParameterName, 'How far back --last and --slowest look')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Draw at most this many pieces; the longest, and what went wrong, are kept')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the trace')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'The newest trace')
            [CompletionResult]::new('--slowest', '--slowest', [CompletionResultType]::ParameterName, 'The slowest trace')
            [CompletionResult]::new('--details', '--details', [CompletionResultType]::ParameterName, 'Show annotations, ids and origins too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;stack' {
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The address to listen on; anything but loopback lets others in')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port to listen on; 0 lets the system choose')
            [CompletionResult]::new('--grpc-port', '--grpc-port', [CompletionResultType]::ParameterName, 'The port to listen on for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]')
            [CompletionResult]::new('--daemon-port', '--daemon-port', [CompletionResultType]::ParameterName, 'The port of the X-Ray daemon''s door, UDP and TCP; 0 lets the system choose [default: 2000, if it is free]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Let requests call the stack by this name too')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Keep to the real Honeycomb''s limits, to test a client against them')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the oldest events go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that are older than this, such as 12h or 7d')
            [CompletionResult]::new('--seal-rows', '--seal-rows', [CompletionResultType]::ParameterName, 'Seal the journal after so many events, so that tests see segments soon')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'List the datasets and how many events they hold')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read everything and name what is damaged; nothing is changed')
            [CompletionResult]::new('compact', 'compact', [CompletionResultType]::ParameterValue, 'Seal what has just come in and merge small segments, so that queries have less to open')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a dataset''s events to a file that other tools read')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;store;stat' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store;verify' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store;compact' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store;export' {
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset')
            [CompletionResult]::new('--lens', '--lens', [CompletionResultType]::ParameterName, 'Which kind of dataset')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last stretch of time, such as 90s, 15m, 2h or 7d')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this moment and later, such as 2026-11-24T10:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events before this moment')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store;help' {
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'List the datasets and how many events they hold')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read everything and name what is damaged; nothing is changed')
            [CompletionResult]::new('compact', 'compact', [CompletionResultType]::ParameterValue, 'Seal what has just come in and merge small segments, so that queries have less to open')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a dataset''s events to a file that other tools read')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;store;help;stat' {
            break
        }
        'cruddurctl;store;help;verify' {
            break
        }
        'cruddurctl;store;help;compact' {
            break
        }
        'cruddurctl;store;help;export' {
            break
        }
        'cruddurctl;store;help;help' {
            break
        }
        'cruddurctl;completions' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;man' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;help' {
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show everything once, offline: set up, serve, load, query, compare')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the X-Ray group, the sampling rule and the log group are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the X-Ray group, the sampling rule and the log group with all its lines')
            [CompletionResult]::new('xray', 'xray', [CompletionResultType]::ParameterValue, 'Work with X-Ray: its group and its sampling rule')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Work with CloudWatch Logs')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the instrumented mock back end of Cruddur')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Ask Honeycomb, or the local stack in its place')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'Draw one request: what was done inside of what, when, and how it went')
            [CompletionResult]::new('stack', 'stack', [CompletionResultType]::ParameterValue, 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Look into the local stack''s data folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;help;demo' {
            break
        }
        'cruddurctl;help;setup' {
            break
        }
        'cruddurctl;help;plan' {
            break
        }
        'cruddurctl;help;status' {
            break
        }
        'cruddurctl;help;teardown' {
            break
        }
        'cruddurctl;help;xray' {
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create groups and sampling rules, or bring them to what the file says')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up groups and sampling rules would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether groups and sampling rules are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the sampling rules and groups that the file names, as far as they are ours')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check a file of sampling rules and groups without sending anything')
            [CompletionResult]::new('traces', 'traces', [CompletionResultType]::ParameterValue, 'List traces, the newest first')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Show which service calls which, and how that went')
            [CompletionResult]::new('daemon', 'daemon', [CompletionResultType]::ParameterValue, 'Stand in for AWS''s X-Ray daemon, in the foreground; or ask what was refused')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List the sampling rules in the order in which they are asked')
            [CompletionResult]::new('groups', 'groups', [CompletionResultType]::ParameterValue, 'List the groups')
            [CompletionResult]::new('sampling', 'sampling', [CompletionResultType]::ParameterValue, 'Tell how requests are sampled')
            break
        }
        'cruddurctl;help;xray;setup' {
            break
        }
        'cruddurctl;help;xray;plan' {
            break
        }
        'cruddurctl;help;xray;status' {
            break
        }
        'cruddurctl;help;xray;teardown' {
            break
        }
        'cruddurctl;help;xray;check' {
            break
        }
        'cruddurctl;help;xray;traces' {
            break
        }
        'cruddurctl;help;xray;graph' {
            break
        }
        'cruddurctl;help;xray;daemon' {
            [CompletionResult]::new('rejects', 'rejects', [CompletionResultType]::ParameterValue, 'List the segments that the local stack refused, and why')
            break
        }
        'cruddurctl;help;xray;daemon;rejects' {
            break
        }
        'cruddurctl;help;xray;rules' {
            break
        }
        'cruddurctl;help;xray;groups' {
            break
        }
        'cruddurctl;help;xray;sampling' {
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell which sampling rule decides about a request, why, and what that costs a month')
            break
        }
        'cruddurctl;help;xray;sampling;explain' {
            break
        }
        'cruddurctl;help;logs' {
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the log group, or bring it up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up the log group would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the log group is as it should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the log group with all its lines')
            break
        }
        'cruddurctl;help;logs;setup' {
            break
        }
        'cruddurctl;help;logs;plan' {
            break
        }
        'cruddurctl;help;logs;status' {
            break
        }
        'cruddurctl;help;logs;teardown' {
            break
        }
        'cruddurctl;help;serve' {
            break
        }
        'cruddurctl;help;query' {
            break
        }
        'cruddurctl;help;trace' {
            break
        }
        'cruddurctl;help;stack' {
            break
        }
        'cruddurctl;help;store' {
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'List the datasets and how many events they hold')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read everything and name what is damaged; nothing is changed')
            [CompletionResult]::new('compact', 'compact', [CompletionResultType]::ParameterValue, 'Seal what has just come in and merge small segments, so that queries have less to open')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a dataset''s events to a file that other tools read')
            break
        }
        'cruddurctl;help;store;stat' {
            break
        }
        'cruddurctl;help;store;verify' {
            break
        }
        'cruddurctl;help;store;compact' {
            break
        }
        'cruddurctl;help;store;export' {
            break
        }
        'cruddurctl;help;completions' {
            break
        }
        'cruddurctl;help;man' {
            break
        }
        'cruddurctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
