
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show everything once, offline: set up, serve, load, query, compare')
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Run the local stack, what is set up in it, and the back end, all in one')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the X-Ray group, the sampling rule and the log group are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the X-Ray group, the sampling rule and the log group with all its lines')
            [CompletionResult]::new('xray', 'xray', [CompletionResultType]::ParameterValue, 'Work with X-Ray: its group and its sampling rule')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Work with CloudWatch Logs')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the instrumented mock back end of Cruddur')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Send traffic to a back end at a steady rate, and tell honestly how long it took')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Ask Honeycomb, or the local stack in its place')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Say whose Honeycomb key is used, and what it may do')
            [CompletionResult]::new('datasets', 'datasets', [CompletionResultType]::ParameterValue, 'List the datasets')
            [CompletionResult]::new('columns', 'columns', [CompletionResultType]::ParameterValue, 'List the columns of a dataset')
            [CompletionResult]::new('markers', 'markers', [CompletionResultType]::ParameterValue, 'List and make markers, which graphs show')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'Draw one request through its three lenses: spans, segments and log lines on one time axis')
            [CompletionResult]::new('stack', 'stack', [CompletionResultType]::ParameterValue, 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the variables that point any SDK at the running local stack')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command with these variables, on a stack of its own if none is running')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write what week 2 adds to a checkout of Cruddur')
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
            [CompletionResult]::new('--png', '--png', [CompletionResultType]::ParameterName, 'Write the heatmap as a PNG picture too')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave stack and back end running until Ctrl-C')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;up' {
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port of the back end; 0 lets the system choose')
            [CompletionResult]::new('--stack-port', '--stack-port', [CompletionResultType]::ParameterName, 'The port of the local stack, if it has to be started; 0 lets the system choose')
            [CompletionResult]::new('--grpc-port', '--grpc-port', [CompletionResultType]::ParameterName, 'The stack''s port for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]')
            [CompletionResult]::new('--daemon-port', '--daemon-port', [CompletionResultType]::ParameterName, 'The stack''s port of the X-Ray daemon''s door; 0 lets the system choose [default: 2000, if it is free]')
            [CompletionResult]::new('--compat', '--compat', [CompletionResultType]::ParameterName, '`upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended')
            [CompletionResult]::new('--without', '--without', [CompletionResultType]::ParameterName, 'Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too')
            [CompletionResult]::new('--semconv', '--semconv', [CompletionResultType]::ParameterName, 'How HTTP attributes of spans are named')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be repeated')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'The share of a route''s requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'What to make the chance of --latency, --errors and sampling from; without, it is another every time')
            [CompletionResult]::new('--break', '--break', [CompletionResultType]::ParameterName, 'Cause a classic failure of week 2, or `list` to explain them; can be repeated')
            [CompletionResult]::new('--call', '--call', [CompletionResultType]::ParameterName, 'Call this address of another service whenever notifications are asked for')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long to go on sending what is left when stopped; the rest waits on disk for the next start')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that arrived longer ago than this, such as 12h or 7d')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Let other machines in without a key: all of them can then read and write everything')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'With --target cloud, set up there without asking')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this moment; without --since, the hour before it')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most this many traces, the newest')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;graph' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Only traces of this group')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this moment; without --since, the hour before it')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the graph')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that arrived longer ago than this, such as 12h or 7d')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell which sampling rule decides about a request, why, and what that costs a month')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;sampling;explain' {
            [CompletionResult]::new('--trace', '--trace', [CompletionResultType]::ParameterName, 'Take the request from this trace; its id in X-Ray''s form, or the 32 digits of W3C''s')
            [CompletionResult]::new('--line', '--line', [CompletionResultType]::ParameterName, 'Take method and path from this log line of the back end; - reads it from standard input')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;sampling;simulate' {
            [CompletionResult]::new('--rps', '--rps', [CompletionResultType]::ParameterName, 'How many requests come in a second')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'For how long, such as 90s, 1h or 7d; no time passes meanwhile')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service, which is the segment''s name')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The Host header')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The method')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The path without its query')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The segment''s origin, such as AWS::ECS::Container')
            [CompletionResult]::new('--arrivals', '--arrivals', [CompletionResultType]::ParameterName, 'How requests follow each other')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this moment; without --since, the hour before it')
            [CompletionResult]::new('--instances', '--instances', [CompletionResultType]::ParameterName, 'Over how many instances of the service the requests go, one after the other')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'What to make chance from')
            [CompletionResult]::new('--rule-file', '--rule-file', [CompletionResultType]::ParameterName, 'Take the rule of this file instead of the rules of X-Ray')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print what came out')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--mix', '--mix', [CompletionResultType]::ParameterName, 'Send Cruddur''s usual mix of requests, at random moments, instead of one request')
            [CompletionResult]::new('--replay', '--replay', [CompletionResultType]::ParameterName, 'Replay what the local stack has recorded of --service, and compare P90 of what is kept with that of all')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;xray;sampling;help' {
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell which sampling rule decides about a request, why, and what that costs a month')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;xray;sampling;help;explain' {
            break
        }
        'cruddurctl;xray;sampling;help;simulate' {
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
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps')
            break
        }
        'cruddurctl;xray;help;sampling;explain' {
            break
        }
        'cruddurctl;xray;help;sampling;simulate' {
            break
        }
        'cruddurctl;xray;help;help' {
            break
        }
        'cruddurctl;logs' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the log group, or bring it up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up the log group would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the log group is as it should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the log group with all its lines')
            [CompletionResult]::new('tail', 'tail', [CompletionResultType]::ParameterValue, 'Print lines of log groups in order of time, and follow them')
            [CompletionResult]::new('filter', 'filter', [CompletionResultType]::ParameterValue, 'Find lines of a stretch of time, or count them')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Run a query of CloudWatch Logs Insights')
            [CompletionResult]::new('ship', 'ship', [CompletionResultType]::ParameterValue, 'Send lines from a pipe or a file to a log stream, and lose none')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan and change nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Change things in the cloud without asking')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;tail' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From when on: 90s, 15m or 2h ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this time, written alike')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Only lines that match this filter pattern, such as ''ERROR -debug'', ''{ $.status >= 500 }'' or ''[..., status = 5*]''')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Only this stream; may be given more than once')
            [CompletionResult]::new('--stream-prefix', '--stream-prefix', [CompletionResultType]::ParameterName, 'Only streams whose name begins so')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print lines')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on with new lines until Ctrl-C')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on with new lines until Ctrl-C')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Follow by a live session, which is faster than polling; in the cloud it is billed by the minute')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;filter' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The log group; may be given more than once')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'Only this stream; may be given more than once')
            [CompletionResult]::new('--stream-prefix', '--stream-prefix', [CompletionResultType]::ParameterName, 'Only streams whose name begins so')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this time, written alike; without --since, the hour before it')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'With --count, at most this many shapes')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print lines or counts')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'Count lines by their shape instead of printing them')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;query' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The log group; may be given more than once [default: cruddur]')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this time, written alike; without --since, the hour before it')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most this many rows')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print rows')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;logs;ship' {
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'The log group; made if it is missing')
            [CompletionResult]::new('--stream', '--stream', [CompletionResultType]::ParameterName, 'The log stream; made if it is missing')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read this file, not the standard input')
            [CompletionResult]::new('--timestamp-field', '--timestamp-field', [CompletionResultType]::ParameterName, 'The member of a JSON line that says when it was: seconds, milliseconds, microseconds or nanoseconds since 1970, or a text such as RFC 3339; names with dots between for one that lies deeper')
            [CompletionResult]::new('--timezone', '--timezone', [CompletionResultType]::ParameterName, 'Whose clock wrote times without an offset, such as Europe/Berlin or UTC [default: the local one]')
            [CompletionResult]::new('--time-format', '--time-format', [CompletionResultType]::ParameterName, 'How times are written, as strftime does it, such as ''%d.%m.%Y %H:%M:%S'' [default: any usual form]')
            [CompletionResult]::new('--patience', '--patience', [CompletionResultType]::ParameterName, 'How long to go on when the input has ended and nothing gets through; what is left then stays in the spool')
            [CompletionResult]::new('--spool-size', '--spool-size', [CompletionResultType]::ParameterName, 'How much the spool may hold; while it is full, no more is read')
            [CompletionResult]::new('--retention-days', '--retention-days', [CompletionResultType]::ParameterName, 'If the group has to be made, keep its log events for this many days')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print what became of the lines')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Lines are JSON objects, and say when they were in the member `timestamp`, or the one that --timestamp-field names')
            [CompletionResult]::new('--leading-time', '--leading-time', [CompletionResultType]::ParameterName, 'Lines begin with their time: `[2026-Nov-22 07:09]`, as Cruddur''s back end writes it, RFC 3339, syslog''s or another usual form, in local time if it has no offset')
            [CompletionResult]::new('--drain', '--drain', [CompletionResultType]::ParameterName, 'Only deliver what waits in the spool for this group')
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
            [CompletionResult]::new('tail', 'tail', [CompletionResultType]::ParameterValue, 'Print lines of log groups in order of time, and follow them')
            [CompletionResult]::new('filter', 'filter', [CompletionResultType]::ParameterValue, 'Find lines of a stretch of time, or count them')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Run a query of CloudWatch Logs Insights')
            [CompletionResult]::new('ship', 'ship', [CompletionResultType]::ParameterValue, 'Send lines from a pipe or a file to a log stream, and lose none')
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
        'cruddurctl;logs;help;tail' {
            break
        }
        'cruddurctl;logs;help;filter' {
            break
        }
        'cruddurctl;logs;help;query' {
            break
        }
        'cruddurctl;logs;help;ship' {
            break
        }
        'cruddurctl;logs;help;help' {
            break
        }
        'cruddurctl;serve' {
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port to listen on; 0 lets the system choose')
            [CompletionResult]::new('--stack-port', '--stack-port', [CompletionResultType]::ParameterName, 'The port of the local stack, if this command has to start it')
            [CompletionResult]::new('--compat', '--compat', [CompletionResultType]::ParameterName, '`upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended')
            [CompletionResult]::new('--without', '--without', [CompletionResultType]::ParameterName, 'Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too')
            [CompletionResult]::new('--semconv', '--semconv', [CompletionResultType]::ParameterName, 'How HTTP attributes of spans are named')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be repeated')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'The share of a route''s requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'What to make the chance of --latency, --errors and sampling from; without, it is another every time')
            [CompletionResult]::new('--break', '--break', [CompletionResultType]::ParameterName, 'Cause a classic failure of week 2, or `list` to explain them; can be repeated')
            [CompletionResult]::new('--call', '--call', [CompletionResultType]::ParameterName, 'Call this address of another service whenever notifications are asked for')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long to go on sending what is left when stopped; the rest waits on disk for the next start')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that arrived longer ago than this, such as 12h or 7d')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Let other machines in without a key: all of them can then read and write everything')
            [CompletionResult]::new('--console', '--console', [CompletionResultType]::ParameterName, 'Print every span too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;load' {
            [CompletionResult]::new('--rps', '--rps', [CompletionResultType]::ParameterName, 'Requests a second, or several rates one after another, such as 10,50,100 [default: 50]')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'How long in all; several rates share it evenly [default: 30s]')
            [CompletionResult]::new('--step', '--step', [CompletionResultType]::ParameterName, 'How long each of several rates lasts')
            [CompletionResult]::new('--arrivals', '--arrivals', [CompletionResultType]::ParameterName, 'How requests are spread over time')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Send over N connections, each as fast as it is answered, instead of at a rate')
            [CompletionResult]::new('--max-connections', '--max-connections', [CompletionResultType]::ParameterName, 'At a rate: how many requests may be under way at once')
            [CompletionResult]::new('--mix', '--mix', [CompletionResultType]::ParameterName, 'Which routes, and how often each in relation to the others, such as home=6,search=2; `list` lists them')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Get this path instead; may be given several times')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'What to make chance from: the same seed sends the same requests in the same order')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer, or for a free connection')
            [CompletionResult]::new('--assert', '--assert', [CompletionResultType]::ParameterName, 'Fail unless this holds, such as ''p99<250ms'', ''errors<1%'', ''rps>90'' or ''home.p90<80ms''')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset to mark the run in [default: OTEL_SERVICE_NAME, or backend-flask]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--traceparent', '--traceparent', [CompletionResultType]::ParameterName, 'Begin a trace with every request, so that the slowest can be looked at with `cruddurctl trace`')
            [CompletionResult]::new('--no-marker', '--no-marker', [CompletionResultType]::ParameterName, 'Do not mark the run')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;query' {
            [CompletionResult]::new('--spec', '--spec', [CompletionResultType]::ParameterName, 'The query specification to run, in Honeycomb''s JSON; - reads it from standard input')
            [CompletionResult]::new('--column', '--column', [CompletionResultType]::ParameterName, 'The column to calculate over')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'A stretch of time, such as 90s, 15m, 2h, 1h30m or 7d: the last one, or from --since, or up to --until [default: 2h]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From this moment on: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Up to this moment')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Group by this column; may be given more than once')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only events for which this holds, such as ''http.route = /api/activities/home and (duration_ms > 250 or error exists)''; may be given more than once, then all must hold')
            [CompletionResult]::new('--having', '--having', [CompletionResultType]::ParameterName, 'Only groups for which this holds, such as ''p90 > 250ms''; may be given more than once')
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'Order the groups, such as ''p90'', ''count asc'' or a column of --by; may be given more than once')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most this many groups [default: 100]; with --why, at most this many attributes [default: 10]')
            [CompletionResult]::new('--granularity', '--granularity', [CompletionResultType]::ParameterName, 'The length of a time step, in whole seconds')
            [CompletionResult]::new('--calc', '--calc', [CompletionResultType]::ParameterName, 'A column to compute, in Honeycomb''s formulas, such as ''slow = GT($duration_ms, 250)''; may be given more than once')
            [CompletionResult]::new('--select', '--select', [CompletionResultType]::ParameterName, 'Select events of the answer: t=12:03..12:05,''>400ms'' is a box in the heatmap, 400ms..2s a range of its values, and a condition such as ''error = true'' will do too')
            [CompletionResult]::new('--among', '--among', [CompletionResultType]::ParameterName, 'Compare only these attributes; may be given more than once')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset, or __all__ for all of them')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up if the query is not done after this time')
            [CompletionResult]::new('--assert', '--assert', [CompletionResultType]::ParameterName, 'Fail unless this holds for every group, such as ''p90 < 250ms'' or ''count > 100''; may be given more than once')
            [CompletionResult]::new('--compare', '--compare', [CompletionResultType]::ParameterName, 'Ask the same about the window so much earlier too, such as 1d, and show what changed for each group')
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'Ask the local stack and Honeycomb, whatever --target says, and show how far they are apart for each group')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the answer')
            [CompletionResult]::new('--scale', '--scale', [CompletionResultType]::ParameterName, 'How the value axis of a picture runs')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Ask again every so many seconds, and draw in place until Ctrl-C [default: 2; 10 with Honeycomb itself]')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--why', '--why', [CompletionResultType]::ParameterName, 'Rank the attributes by how their values differ inside the selection from outside')
            [CompletionResult]::new('--all-spans', '--all-spans', [CompletionResultType]::ParameterName, 'Compare the spans inside of others too; without it root spans are compared with root spans, if some are selected')
            [CompletionResult]::new('--print-spec', '--print-spec', [CompletionResultType]::ParameterName, 'Print the question as Honeycomb''s JSON, and do not ask it')
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'Ask Honeycomb anew, even if the same question was answered within its time step')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Print the link that runs this question in Honeycomb''s own pages, and do not ask it')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Open that link in the browser')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;auth' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;datasets' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--names', '--names', [CompletionResultType]::ParameterName, 'Print the names alone, one a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;columns' {
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset, or __all__ for all of them')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--names', '--names', [CompletionResultType]::ParameterName, 'Print the names alone, one a line')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;markers' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the markers, the oldest first')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Mark a moment, or a span of time, on the graphs of a dataset')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;markers;list' {
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset, or __all__ for all of them')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;markers;add' {
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'What kind of thing happened')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'When it happened or began: 15m, 10:30, yesterday 14:00 or RFC 3339 [default: now]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'When it ended, if it took a while')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Where to read more')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'The dataset, or __all__ for all of them')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;markers;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the markers, the oldest first')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Mark a moment, or a span of time, on the graphs of a dataset')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;markers;help;list' {
            break
        }
        'cruddurctl;markers;help;add' {
            break
        }
        'cruddurctl;markers;help;help' {
            break
        }
        'cruddurctl;trace' {
            [CompletionResult]::new('--within', '--within', [CompletionResultType]::ParameterName, 'How far back --last and --slowest look')
            [CompletionResult]::new('--dataset', '--dataset', [CompletionResultType]::ParameterName, 'Whose spans: a dataset [default: all of them]')
            [CompletionResult]::new('--log-group', '--log-group', [CompletionResultType]::ParameterName, 'Whose log lines')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Draw at most this many pieces of each lens; the longest, and what went wrong, are kept')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the trace')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'The newest request')
            [CompletionResult]::new('--slowest', '--slowest', [CompletionResultType]::ParameterName, 'The slowest request')
            [CompletionResult]::new('--details', '--details', [CompletionResultType]::ParameterName, 'Show attributes, annotations, ids and origins too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;stack' {
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port to listen on; 0 lets the system choose')
            [CompletionResult]::new('--grpc-port', '--grpc-port', [CompletionResultType]::ParameterName, 'The port to listen on for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]')
            [CompletionResult]::new('--daemon-port', '--daemon-port', [CompletionResultType]::ParameterName, 'The port of the X-Ray daemon''s door, UDP and TCP; 0 lets the system choose [default: 2000, if it is free]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Let requests call the stack by this name too')
            [CompletionResult]::new('--allow-origin', '--allow-origin', [CompletionResultType]::ParameterName, 'Let pages of this origin send telemetry from a browser, such as https://app.example.com')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Keep to the real Honeycomb''s limits, to test a client against them')
            [CompletionResult]::new('--query-time', '--query-time', [CompletionResultType]::ParameterName, 'The longest time that a query may take, such as 30s or 5m')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that arrived longer ago than this, such as 12h or 7d')
            [CompletionResult]::new('--seal-rows', '--seal-rows', [CompletionResultType]::ParameterName, 'Seal the journal after so many events, so that tests see segments soon')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Let other machines in without a key: all of them can then read and write everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;env' {
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'The shell that is to read it; zsh and sh read bash''s form [default: bash, on Windows powershell]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'In a form that is for no shell')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;run' {
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB')
            [CompletionResult]::new('--keep-age', '--keep-age', [CompletionResultType]::ParameterName, 'Let events go that arrived longer ago than this, such as 12h or 7d')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;init' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be written, and write nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Write without asking, also in place of files that are there already and differ')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'List the datasets and how many events they hold')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read everything and name what is damaged; nothing is changed')
            [CompletionResult]::new('compact', 'compact', [CompletionResultType]::ParameterValue, 'Seal what has just come in and merge small segments, so that queries have less to open')
            [CompletionResult]::new('accept-losses', 'accept-losses', [CompletionResultType]::ParameterValue, 'Take it that missing events never come back, so that answers no longer say that they leave them out')
            [CompletionResult]::new('accept-clock', 'accept-clock', [CompletionResultType]::ParameterValue, 'Take it that the system''s clock is right, so that events expire by it')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a dataset''s events to a file that other tools read')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;store;stat' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the list')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store;accept-losses' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;store;accept-clock' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events before this moment')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Where to work: the local stack, the cloud, or what the environment''s credentials say')
            [CompletionResult]::new('--data-dir', '--data-dir', [CompletionResultType]::ParameterName, 'The folder of the local stack''s data')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('accept-losses', 'accept-losses', [CompletionResultType]::ParameterValue, 'Take it that missing events never come back, so that answers no longer say that they leave them out')
            [CompletionResult]::new('accept-clock', 'accept-clock', [CompletionResultType]::ParameterValue, 'Take it that the system''s clock is right, so that events expire by it')
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
        'cruddurctl;store;help;accept-losses' {
            break
        }
        'cruddurctl;store;help;accept-clock' {
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
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
            [CompletionResult]::new('--theme', '--theme', [CompletionResultType]::ParameterName, 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'cruddurctl;help' {
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show everything once, offline: set up, serve, load, query, compare')
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Run the local stack, what is set up in it, and the back end, all in one')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the X-Ray group, the sampling rule and the log group are as they should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the X-Ray group, the sampling rule and the log group with all its lines')
            [CompletionResult]::new('xray', 'xray', [CompletionResultType]::ParameterValue, 'Work with X-Ray: its group and its sampling rule')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Work with CloudWatch Logs')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run the instrumented mock back end of Cruddur')
            [CompletionResult]::new('load', 'load', [CompletionResultType]::ParameterValue, 'Send traffic to a back end at a steady rate, and tell honestly how long it took')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Ask Honeycomb, or the local stack in its place')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Say whose Honeycomb key is used, and what it may do')
            [CompletionResult]::new('datasets', 'datasets', [CompletionResultType]::ParameterValue, 'List the datasets')
            [CompletionResult]::new('columns', 'columns', [CompletionResultType]::ParameterValue, 'List the columns of a dataset')
            [CompletionResult]::new('markers', 'markers', [CompletionResultType]::ParameterValue, 'List and make markers, which graphs show')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'Draw one request through its three lenses: spans, segments and log lines on one time axis')
            [CompletionResult]::new('stack', 'stack', [CompletionResultType]::ParameterValue, 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print the variables that point any SDK at the running local stack')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command with these variables, on a stack of its own if none is running')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write what week 2 adds to a checkout of Cruddur')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'Look into the local stack''s data folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'cruddurctl;help;demo' {
            break
        }
        'cruddurctl;help;up' {
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
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps')
            break
        }
        'cruddurctl;help;xray;sampling;explain' {
            break
        }
        'cruddurctl;help;xray;sampling;simulate' {
            break
        }
        'cruddurctl;help;logs' {
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Create the log group, or bring it up to date')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Show what setting up the log group would change')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether the log group is as it should be')
            [CompletionResult]::new('teardown', 'teardown', [CompletionResultType]::ParameterValue, 'Delete the log group with all its lines')
            [CompletionResult]::new('tail', 'tail', [CompletionResultType]::ParameterValue, 'Print lines of log groups in order of time, and follow them')
            [CompletionResult]::new('filter', 'filter', [CompletionResultType]::ParameterValue, 'Find lines of a stretch of time, or count them')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Run a query of CloudWatch Logs Insights')
            [CompletionResult]::new('ship', 'ship', [CompletionResultType]::ParameterValue, 'Send lines from a pipe or a file to a log stream, and lose none')
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
        'cruddurctl;help;logs;tail' {
            break
        }
        'cruddurctl;help;logs;filter' {
            break
        }
        'cruddurctl;help;logs;query' {
            break
        }
        'cruddurctl;help;logs;ship' {
            break
        }
        'cruddurctl;help;serve' {
            break
        }
        'cruddurctl;help;load' {
            break
        }
        'cruddurctl;help;query' {
            break
        }
        'cruddurctl;help;auth' {
            break
        }
        'cruddurctl;help;datasets' {
            break
        }
        'cruddurctl;help;columns' {
            break
        }
        'cruddurctl;help;markers' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the markers, the oldest first')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Mark a moment, or a span of time, on the graphs of a dataset')
            break
        }
        'cruddurctl;help;markers;list' {
            break
        }
        'cruddurctl;help;markers;add' {
            break
        }
        'cruddurctl;help;trace' {
            break
        }
        'cruddurctl;help;stack' {
            break
        }
        'cruddurctl;help;env' {
            break
        }
        'cruddurctl;help;run' {
            break
        }
        'cruddurctl;help;init' {
            break
        }
        'cruddurctl;help;store' {
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'List the datasets and how many events they hold')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read everything and name what is damaged; nothing is changed')
            [CompletionResult]::new('compact', 'compact', [CompletionResultType]::ParameterValue, 'Seal what has just come in and merge small segments, so that queries have less to open')
            [CompletionResult]::new('accept-losses', 'accept-losses', [CompletionResultType]::ParameterValue, 'Take it that missing events never come back, so that answers no longer say that they leave them out')
            [CompletionResult]::new('accept-clock', 'accept-clock', [CompletionResultType]::ParameterValue, 'Take it that the system''s clock is right, so that events expire by it')
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
        'cruddurctl;help;store;accept-losses' {
            break
        }
        'cruddurctl;help;store;accept-clock' {
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
