
use builtin;
use str;

set edit:completion:arg-completer[cruddurctl] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'cruddurctl'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'cruddurctl'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand demo 'Show everything once, offline: set up, serve, load, query, compare'
            cand up 'Run the local stack, what is set up in it, and the back end, all in one'
            cand setup 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date'
            cand plan 'Show what setting up would change'
            cand status 'Show whether the X-Ray group, the sampling rule and the log group are as they should be'
            cand teardown 'Delete the X-Ray group, the sampling rule and the log group with all its lines'
            cand xray 'Work with X-Ray: its group and its sampling rule'
            cand logs 'Work with CloudWatch Logs'
            cand serve 'Run the instrumented mock back end of Cruddur'
            cand load 'Send traffic to a back end at a steady rate, and tell honestly how long it took'
            cand query 'Ask Honeycomb, or the local stack in its place'
            cand auth 'Say whose Honeycomb key is used, and what it may do'
            cand datasets 'List the datasets'
            cand columns 'List the columns of a dataset'
            cand markers 'List and make markers, which graphs show'
            cand trace 'Draw one request through its three lenses: spans, segments and log lines on one time axis'
            cand stack 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address'
            cand env 'Print the variables that point any SDK at the running local stack'
            cand run 'Run a command with these variables, on a stack of its own if none is running'
            cand init 'Write what week 2 adds to a checkout of Cruddur'
            cand store 'Look into the local stack''s data folder'
            cand completions 'Print the completions of a shell'
            cand man 'Print the manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;demo'= {
            cand --requests 'How many requests to send'
            cand --seed 'What to make chance from'
            cand --svg 'Write the heatmap as an SVG picture too'
            cand --png 'Write the heatmap as a PNG picture too'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --keep 'Leave stack and back end running until Ctrl-C'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;up'= {
            cand --host 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure'
            cand --port 'The port of the back end; 0 lets the system choose'
            cand --stack-port 'The port of the local stack, if it has to be started; 0 lets the system choose'
            cand --grpc-port 'The stack''s port for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]'
            cand --daemon-port 'The stack''s port of the X-Ray daemon''s door; 0 lets the system choose [default: 2000, if it is free]'
            cand --compat '`upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended'
            cand --without 'Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too'
            cand --semconv 'How HTTP attributes of spans are named'
            cand --latency 'How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be repeated'
            cand --errors 'The share of a route''s requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated'
            cand --seed 'What to make the chance of --latency, --errors and sampling from; without, it is another every time'
            cand --break 'Cause a classic failure of week 2, or `list` to explain them; can be repeated'
            cand --call 'Call this address of another service whenever notifications are asked for'
            cand --grace 'How long to go on sending what is left when stopped; the rest waits on disk for the next start'
            cand --keep-size 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB'
            cand --keep-age 'Let events go that arrived longer ago than this, such as 12h or 7d'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --insecure 'Let other machines in without a key: all of them can then read and write everything'
            cand --yes 'With --target cloud, set up there without asking'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;setup'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --retention-days 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]'
            cand --class 'The class of a new log group; one that is there keeps its class for life'
            cand --kms-key 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key'
            cand --deletion-protection 'Keep the log group from being deleted, or with `=false` let it be again'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show the plan and change nothing'
            cand --yes 'Change things in the cloud without asking'
            cand --adopt 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;plan'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --retention-days 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]'
            cand --class 'The class of a new log group; one that is there keeps its class for life'
            cand --kms-key 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key'
            cand --deletion-protection 'Keep the log group from being deleted, or with `=false` let it be again'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --output 'How to print the plan'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --adopt 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
            cand --detailed-exitcode 'End with exit code 2 if there are changes to apply'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;status'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --retention-days 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]'
            cand --class 'The class of a new log group; one that is there keeps its class for life'
            cand --kms-key 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key'
            cand --deletion-protection 'Keep the log group from being deleted, or with `=false` let it be again'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --output 'How to print the state'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;teardown'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show the plan and change nothing'
            cand --yes 'Change things in the cloud without asking'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand setup 'Create groups and sampling rules, or bring them to what the file says'
            cand plan 'Show what setting up groups and sampling rules would change'
            cand status 'Show whether groups and sampling rules are as they should be'
            cand teardown 'Delete the sampling rules and groups that the file names, as far as they are ours'
            cand check 'Check a file of sampling rules and groups without sending anything'
            cand traces 'List traces, the newest first'
            cand graph 'Show which service calls which, and how that went'
            cand daemon 'Stand in for AWS''s X-Ray daemon, in the foreground; or ask what was refused'
            cand rules 'List the sampling rules in the order in which they are asked'
            cand groups 'List the groups'
            cand sampling 'Tell how requests are sampled'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;xray;setup'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show the plan and change nothing'
            cand --yes 'Change things in the cloud without asking'
            cand --adopt 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;plan'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --output 'How to print the plan'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --adopt 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
            cand --detailed-exitcode 'End with exit code 2 if there are changes to apply'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;status'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --output 'How to print the state'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;teardown'= {
            cand --file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --rule-file 'The file with the sampling rule, or with several rules, groups and log groups [default: aws/json/xray.json if it is there, else the built-in rule]'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show the plan and change nothing'
            cand --yes 'Change things in the cloud without asking'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;check'= {
            cand --output 'How to print what was found'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --fix 'Rewrite misspelt keys in the file, and nothing else'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;traces'= {
            cand --filter 'Only traces that this filter expression means, such as ''service("backend-flask") { fault }'''
            cand --group 'Only traces of this group'
            cand --last 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]'
            cand --since 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339'
            cand --until 'Before this moment; without --since, the hour before it'
            cand --limit 'At most this many traces, the newest'
            cand --output 'How to print the list'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;graph'= {
            cand --group 'Only traces of this group'
            cand --last 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]'
            cand --since 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339'
            cand --until 'Before this moment; without --since, the hour before it'
            cand --output 'How to print the graph'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;daemon'= {
            cand -b 'Where to listen, UDP for segments and TCP for everything else; port 0 lets the system choose'
            cand --bind 'Where to listen, UDP for segments and TCP for everything else; port 0 lets the system choose'
            cand -t 'Where to listen with TCP, if not at the same address'
            cand --bind-tcp 'Where to listen with TCP, if not at the same address'
            cand --port 'The port of both, in place of the ones in the addresses'
            cand -n 'The AWS region [default: AWS_REGION; with --forward also the profile''s]'
            cand --region 'The AWS region [default: AWS_REGION; with --forward also the profile''s]'
            cand --spool-size 'How much may wait on disk for each side, such as 64MiB; beyond it the oldest segments go, and are counted'
            cand --grace 'How long to go on sending after Ctrl-C; what is left waits in the spool for the next start'
            cand -l 'How much to say'
            cand --log-level 'How much to say'
            cand --keep-size 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB'
            cand --keep-age 'Let events go that arrived longer ago than this, such as 12h or 7d'
            cand -c 'The real daemon''s configuration file'
            cand --config 'The real daemon''s configuration file'
            cand -f 'The real daemon''s log file'
            cand --log-file 'The real daemon''s log file'
            cand -m 'The real daemon''s buffer'
            cand --buffer-memory 'The real daemon''s buffer'
            cand -r 'The real daemon''s role'
            cand --role-arn 'The real daemon''s role'
            cand -a 'The ARN of what the real daemon runs on'
            cand --resource-arn 'The ARN of what the real daemon runs on'
            cand -p 'The real daemon''s proxy'
            cand --proxy-address 'The real daemon''s proxy'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --allow-remote 'Let other machines in; the daemon asks nobody who they are'
            cand --forward 'Send segments to AWS, besides storing them in the local stack'
            cand --forward-only 'Send segments to AWS and store none locally; the stack only keeps what was refused'
            cand -o 'What the real daemon needs outside of EC2'
            cand --local-mode 'What the real daemon needs outside of EC2'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand rejects 'List the segments that the local stack refused, and why'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;xray;daemon;rejects'= {
            cand --last 'Those of the last stretch of time, such as 90s, 15m, 2h or 7d'
            cand --output 'How to print the list'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;daemon;help'= {
            cand rejects 'List the segments that the local stack refused, and why'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;xray;daemon;help;rejects'= {
        }
        &'cruddurctl;xray;daemon;help;help'= {
        }
        &'cruddurctl;xray;rules'= {
            cand --output 'How to print the list'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;groups'= {
            cand --output 'How to print the list'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;sampling'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand explain 'Tell which sampling rule decides about a request, why, and what that costs a month'
            cand simulate 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;xray;sampling;explain'= {
            cand --trace 'Take the request from this trace; its id in X-Ray''s form, or the 32 digits of W3C''s'
            cand --line 'Take method and path from this log line of the back end; - reads it from standard input'
            cand --service 'The service, which is the segment''s name'
            cand --host 'The Host header'
            cand --method 'The method'
            cand --path 'The path without its query'
            cand --type 'The segment''s origin, such as AWS::ECS::Container'
            cand --rps 'How many such requests come in a second'
            cand --rule-file 'Ask the rules of this file instead of the rules of X-Ray'
            cand --output 'How to print the answer'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;sampling;simulate'= {
            cand --rps 'How many requests come in a second'
            cand --for 'For how long, such as 90s, 1h or 7d; no time passes meanwhile'
            cand --service 'The service, which is the segment''s name'
            cand --host 'The Host header'
            cand --method 'The method'
            cand --path 'The path without its query'
            cand --type 'The segment''s origin, such as AWS::ECS::Container'
            cand --arrivals 'How requests follow each other'
            cand --last 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]'
            cand --since 'At this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339'
            cand --until 'Before this moment; without --since, the hour before it'
            cand --instances 'Over how many instances of the service the requests go, one after the other'
            cand --seed 'What to make chance from'
            cand --rule-file 'Take the rule of this file instead of the rules of X-Ray'
            cand --output 'How to print what came out'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --mix 'Send Cruddur''s usual mix of requests, at random moments, instead of one request'
            cand --replay 'Replay what the local stack has recorded of --service, and compare P90 of what is kept with that of all'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;xray;sampling;help'= {
            cand explain 'Tell which sampling rule decides about a request, why, and what that costs a month'
            cand simulate 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;xray;sampling;help;explain'= {
        }
        &'cruddurctl;xray;sampling;help;simulate'= {
        }
        &'cruddurctl;xray;sampling;help;help'= {
        }
        &'cruddurctl;xray;help'= {
            cand setup 'Create groups and sampling rules, or bring them to what the file says'
            cand plan 'Show what setting up groups and sampling rules would change'
            cand status 'Show whether groups and sampling rules are as they should be'
            cand teardown 'Delete the sampling rules and groups that the file names, as far as they are ours'
            cand check 'Check a file of sampling rules and groups without sending anything'
            cand traces 'List traces, the newest first'
            cand graph 'Show which service calls which, and how that went'
            cand daemon 'Stand in for AWS''s X-Ray daemon, in the foreground; or ask what was refused'
            cand rules 'List the sampling rules in the order in which they are asked'
            cand groups 'List the groups'
            cand sampling 'Tell how requests are sampled'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;xray;help;setup'= {
        }
        &'cruddurctl;xray;help;plan'= {
        }
        &'cruddurctl;xray;help;status'= {
        }
        &'cruddurctl;xray;help;teardown'= {
        }
        &'cruddurctl;xray;help;check'= {
        }
        &'cruddurctl;xray;help;traces'= {
        }
        &'cruddurctl;xray;help;graph'= {
        }
        &'cruddurctl;xray;help;daemon'= {
            cand rejects 'List the segments that the local stack refused, and why'
        }
        &'cruddurctl;xray;help;daemon;rejects'= {
        }
        &'cruddurctl;xray;help;rules'= {
        }
        &'cruddurctl;xray;help;groups'= {
        }
        &'cruddurctl;xray;help;sampling'= {
            cand explain 'Tell which sampling rule decides about a request, why, and what that costs a month'
            cand simulate 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps'
        }
        &'cruddurctl;xray;help;sampling;explain'= {
        }
        &'cruddurctl;xray;help;sampling;simulate'= {
        }
        &'cruddurctl;xray;help;help'= {
        }
        &'cruddurctl;logs'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand setup 'Create the log group, or bring it up to date'
            cand plan 'Show what setting up the log group would change'
            cand status 'Show whether the log group is as it should be'
            cand teardown 'Delete the log group with all its lines'
            cand tail 'Print lines of log groups in order of time, and follow them'
            cand filter 'Find lines of a stretch of time, or count them'
            cand query 'Run a query of CloudWatch Logs Insights'
            cand ship 'Send lines from a pipe or a file to a log stream, and lose none'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;logs;setup'= {
            cand --retention-days 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]'
            cand --class 'The class of a new log group; one that is there keeps its class for life'
            cand --kms-key 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key'
            cand --deletion-protection 'Keep the log group from being deleted, or with `=false` let it be again'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show the plan and change nothing'
            cand --yes 'Change things in the cloud without asking'
            cand --adopt 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;plan'= {
            cand --retention-days 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]'
            cand --class 'The class of a new log group; one that is there keeps its class for life'
            cand --kms-key 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key'
            cand --deletion-protection 'Keep the log group from being deleted, or with `=false` let it be again'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --output 'How to print the plan'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --adopt 'Take over what was made by somebody else: tag it managed-by=cruddurctl and bring it up to date'
            cand --detailed-exitcode 'End with exit code 2 if there are changes to apply'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;status'= {
            cand --retention-days 'Keep log events for this many days; CloudWatch Logs allows certain numbers only, and its own default, for ever, costs money for ever [default: 7]'
            cand --class 'The class of a new log group; one that is there keeps its class for life'
            cand --kms-key 'Encrypt log events with the KMS key of this ARN; `none` goes back to the service''s own key'
            cand --deletion-protection 'Keep the log group from being deleted, or with `=false` let it be again'
            cand --tag 'Tag everything that is set up; may be given several times'
            cand --output 'How to print the state'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;teardown'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show the plan and change nothing'
            cand --yes 'Change things in the cloud without asking'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;tail'= {
            cand --since 'From when on: 90s, 15m or 2h ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z'
            cand --until 'Before this time, written alike'
            cand --filter 'Only lines that match this filter pattern, such as ''ERROR -debug'', ''{ $.status >= 500 }'' or ''[..., status = 5*]'''
            cand --stream 'Only this stream; may be given more than once'
            cand --stream-prefix 'Only streams whose name begins so'
            cand --output 'How to print lines'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -f 'Go on with new lines until Ctrl-C'
            cand --follow 'Go on with new lines until Ctrl-C'
            cand --live 'Follow by a live session, which is faster than polling; in the cloud it is billed by the minute'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;filter'= {
            cand --group 'The log group; may be given more than once'
            cand --stream 'Only this stream; may be given more than once'
            cand --stream-prefix 'Only streams whose name begins so'
            cand --last 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]'
            cand --since 'From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z'
            cand --until 'Before this time, written alike; without --since, the hour before it'
            cand --limit 'With --count, at most this many shapes'
            cand --output 'How to print lines or counts'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --count 'Count lines by their shape instead of printing them'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;query'= {
            cand --group 'The log group; may be given more than once [default: cruddur]'
            cand --last 'In the last stretch of time, such as 90s, 15m, 2h or 7d [default: 1h]'
            cand --since 'From when on: 15m ago, a time of day such as 10:30, or a moment such as 2026-11-24T10:00:00Z'
            cand --until 'Before this time, written alike; without --since, the hour before it'
            cand --limit 'At most this many rows'
            cand --output 'How to print rows'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;ship'= {
            cand --group 'The log group; made if it is missing'
            cand --stream 'The log stream; made if it is missing'
            cand --file 'Read this file, not the standard input'
            cand --timestamp-field 'The member of a JSON line that says when it was: seconds, milliseconds, microseconds or nanoseconds since 1970, or a text such as RFC 3339; names with dots between for one that lies deeper'
            cand --timezone 'Whose clock wrote times without an offset, such as Europe/Berlin or UTC [default: the local one]'
            cand --time-format 'How times are written, as strftime does it, such as ''%d.%m.%Y %H:%M:%S'' [default: any usual form]'
            cand --patience 'How long to go on when the input has ended and nothing gets through; what is left then stays in the spool'
            cand --spool-size 'How much the spool may hold; while it is full, no more is read'
            cand --retention-days 'If the group has to be made, keep its log events for this many days'
            cand --output 'How to print what became of the lines'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --json 'Lines are JSON objects, and say when they were in the member `timestamp`, or the one that --timestamp-field names'
            cand --leading-time 'Lines begin with their time: `[2026-Nov-22 07:09]`, as Cruddur''s back end writes it, RFC 3339, syslog''s or another usual form, in local time if it has no offset'
            cand --drain 'Only deliver what waits in the spool for this group'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;logs;help'= {
            cand setup 'Create the log group, or bring it up to date'
            cand plan 'Show what setting up the log group would change'
            cand status 'Show whether the log group is as it should be'
            cand teardown 'Delete the log group with all its lines'
            cand tail 'Print lines of log groups in order of time, and follow them'
            cand filter 'Find lines of a stretch of time, or count them'
            cand query 'Run a query of CloudWatch Logs Insights'
            cand ship 'Send lines from a pipe or a file to a log stream, and lose none'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;logs;help;setup'= {
        }
        &'cruddurctl;logs;help;plan'= {
        }
        &'cruddurctl;logs;help;status'= {
        }
        &'cruddurctl;logs;help;teardown'= {
        }
        &'cruddurctl;logs;help;tail'= {
        }
        &'cruddurctl;logs;help;filter'= {
        }
        &'cruddurctl;logs;help;query'= {
        }
        &'cruddurctl;logs;help;ship'= {
        }
        &'cruddurctl;logs;help;help'= {
        }
        &'cruddurctl;serve'= {
            cand --host 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure'
            cand --port 'The port to listen on; 0 lets the system choose'
            cand --stack-port 'The port of the local stack, if this command has to start it'
            cand --compat '`upstream`: week 2 as it was published, crashes, spellings and all; without, the crashes are mended'
            cand --without 'Leave a lens away, or several; OTEL_SDK_DISABLED=true and AWS_XRAY_SDK_ENABLED=false do so too'
            cand --semconv 'How HTTP attributes of spans are named'
            cand --latency 'How long a route takes: `home=lognormal(40ms,0.5)`, `search=uniform(10ms,50ms)`, `*=40ms`; can be repeated'
            cand --errors 'The share of a route''s requests that fail with 500: `search=2%`, `*=0.5%`; can be repeated'
            cand --seed 'What to make the chance of --latency, --errors and sampling from; without, it is another every time'
            cand --break 'Cause a classic failure of week 2, or `list` to explain them; can be repeated'
            cand --call 'Call this address of another service whenever notifications are asked for'
            cand --grace 'How long to go on sending what is left when stopped; the rest waits on disk for the next start'
            cand --keep-size 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB'
            cand --keep-age 'Let events go that arrived longer ago than this, such as 12h or 7d'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --insecure 'Let other machines in without a key: all of them can then read and write everything'
            cand --console 'Print every span too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;load'= {
            cand --rps 'Requests a second, or several rates one after another, such as 10,50,100 [default: 50]'
            cand --for 'How long in all; several rates share it evenly [default: 30s]'
            cand --step 'How long each of several rates lasts'
            cand --arrivals 'How requests are spread over time'
            cand --connections 'Send over N connections, each as fast as it is answered, instead of at a rate'
            cand --max-connections 'At a rate: how many requests may be under way at once'
            cand --mix 'Which routes, and how often each in relation to the others, such as home=6,search=2; `list` lists them'
            cand --path 'Get this path instead; may be given several times'
            cand --seed 'What to make chance from: the same seed sends the same requests in the same order'
            cand --timeout 'How long to wait for an answer, or for a free connection'
            cand --assert 'Fail unless this holds, such as ''p99<250ms'', ''errors<1%'', ''rps>90'' or ''home.p90<80ms'''
            cand --dataset 'The dataset to mark the run in [default: OTEL_SERVICE_NAME, or backend-flask]'
            cand --output 'How to print the result'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --traceparent 'Begin a trace with every request, so that the slowest can be looked at with `cruddurctl trace`'
            cand --no-marker 'Do not mark the run'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;query'= {
            cand --spec 'The query specification to run, in Honeycomb''s JSON; - reads it from standard input'
            cand --column 'The column to calculate over'
            cand --last 'A stretch of time, such as 90s, 15m, 2h, 1h30m or 7d: the last one, or from --since, or up to --until [default: 2h]'
            cand --since 'From this moment on: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339'
            cand --until 'Up to this moment'
            cand --by 'Group by this column; may be given more than once'
            cand --where 'Only events for which this holds, such as ''http.route = /api/activities/home and (duration_ms > 250 or error exists)''; may be given more than once, then all must hold'
            cand --having 'Only groups for which this holds, such as ''p90 > 250ms''; may be given more than once'
            cand --order 'Order the groups, such as ''p90'', ''count asc'' or a column of --by; may be given more than once'
            cand --limit 'At most this many groups [default: 100]; with --why, at most this many attributes [default: 10]'
            cand --granularity 'The length of a time step, in whole seconds'
            cand --calc 'A column to compute, in Honeycomb''s formulas, such as ''slow = GT($duration_ms, 250)''; may be given more than once'
            cand --select 'Select events of the answer: t=12:03..12:05,''>400ms'' is a box in the heatmap, 400ms..2s a range of its values, and a condition such as ''error = true'' will do too'
            cand --among 'Compare only these attributes; may be given more than once'
            cand --dataset 'The dataset, or __all__ for all of them'
            cand --timeout 'Give up if the query is not done after this time'
            cand --assert 'Fail unless this holds for every group, such as ''p90 < 250ms'' or ''count > 100''; may be given more than once'
            cand --compare 'Ask the same about the window so much earlier too, such as 1d, and show what changed for each group'
            cand --on 'Ask the local stack and Honeycomb, whatever --target says, and show how far they are apart for each group'
            cand --output 'How to print the answer'
            cand --scale 'How the value axis of a picture runs'
            cand --watch 'Ask again every so many seconds, and draw in place until Ctrl-C [default: 2; 10 with Honeycomb itself]'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --why 'Rank the attributes by how their values differ inside the selection from outside'
            cand --all-spans 'Compare the spans inside of others too; without it root spans are compared with root spans, if some are selected'
            cand --print-spec 'Print the question as Honeycomb''s JSON, and do not ask it'
            cand --fresh 'Ask Honeycomb anew, even if the same question was answered within its time step'
            cand --url 'Print the link that runs this question in Honeycomb''s own pages, and do not ask it'
            cand --open 'Open that link in the browser'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;auth'= {
            cand --output 'How to print it'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;datasets'= {
            cand --output 'How to print them'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --names 'Print the names alone, one a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;columns'= {
            cand --dataset 'The dataset, or __all__ for all of them'
            cand --output 'How to print them'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --names 'Print the names alone, one a line'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;markers'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List the markers, the oldest first'
            cand add 'Mark a moment, or a span of time, on the graphs of a dataset'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;markers;list'= {
            cand --dataset 'The dataset, or __all__ for all of them'
            cand --output 'How to print them'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;markers;add'= {
            cand --type 'What kind of thing happened'
            cand --since 'When it happened or began: 15m, 10:30, yesterday 14:00 or RFC 3339 [default: now]'
            cand --until 'When it ended, if it took a while'
            cand --url 'Where to read more'
            cand --dataset 'The dataset, or __all__ for all of them'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;markers;help'= {
            cand list 'List the markers, the oldest first'
            cand add 'Mark a moment, or a span of time, on the graphs of a dataset'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;markers;help;list'= {
        }
        &'cruddurctl;markers;help;add'= {
        }
        &'cruddurctl;markers;help;help'= {
        }
        &'cruddurctl;trace'= {
            cand --within 'How far back --last and --slowest look'
            cand --dataset 'Whose spans: a dataset [default: all of them]'
            cand --log-group 'Whose log lines'
            cand --limit 'Draw at most this many pieces of each lens; the longest, and what went wrong, are kept'
            cand --output 'How to print the trace'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --last 'The newest request'
            cand --slowest 'The slowest request'
            cand --details 'Show attributes, annotations, ids and origins too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;stack'= {
            cand --host 'The address to listen on; other machines can reach anything but loopback, so that it needs a key in CRUDDUR_STACK_KEY, or --insecure'
            cand --port 'The port to listen on; 0 lets the system choose'
            cand --grpc-port 'The port to listen on for OTLP/gRPC; 0 lets the system choose [default: 4317, if it is free]'
            cand --daemon-port 'The port of the X-Ray daemon''s door, UDP and TCP; 0 lets the system choose [default: 2000, if it is free]'
            cand --allow-host 'Let requests call the stack by this name too'
            cand --allow-origin 'Let pages of this origin send telemetry from a browser, such as https://app.example.com'
            cand --strict 'Keep to the real Honeycomb''s limits, to test a client against them'
            cand --query-time 'The longest time that a query may take, such as 30s or 5m'
            cand --keep-size 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB'
            cand --keep-age 'Let events go that arrived longer ago than this, such as 12h or 7d'
            cand --seal-rows 'Seal the journal after so many events, so that tests see segments soon'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --insecure 'Let other machines in without a key: all of them can then read and write everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;env'= {
            cand --shell 'The shell that is to read it; zsh and sh read bash''s form [default: bash, on Windows powershell]'
            cand --output 'In a form that is for no shell'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;run'= {
            cand --keep-size 'Let the events that arrived first go when the segments are larger than this, such as 500MB or 20GiB'
            cand --keep-age 'Let events go that arrived longer ago than this, such as 12h or 7d'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;init'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand --dry-run 'Show what would be written, and write nothing'
            cand --yes 'Write without asking, also in place of files that are there already and differ'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand stat 'List the datasets and how many events they hold'
            cand verify 'Read everything and name what is damaged; nothing is changed'
            cand compact 'Seal what has just come in and merge small segments, so that queries have less to open'
            cand accept-losses 'Take it that missing events never come back, so that answers no longer say that they leave them out'
            cand accept-clock 'Take it that the system''s clock is right, so that events expire by it'
            cand export 'Write a dataset''s events to a file that other tools read'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;store;stat'= {
            cand --output 'How to print the list'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store;verify'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store;compact'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store;accept-losses'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store;accept-clock'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store;export'= {
            cand --dataset 'The dataset'
            cand --lens 'Which kind of dataset'
            cand --last 'Only the last stretch of time, such as 90s, 15m, 2h or 7d'
            cand --since 'Only events of this moment and later: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339'
            cand --until 'Only events before this moment'
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;store;help'= {
            cand stat 'List the datasets and how many events they hold'
            cand verify 'Read everything and name what is damaged; nothing is changed'
            cand compact 'Seal what has just come in and merge small segments, so that queries have less to open'
            cand accept-losses 'Take it that missing events never come back, so that answers no longer say that they leave them out'
            cand accept-clock 'Take it that the system''s clock is right, so that events expire by it'
            cand export 'Write a dataset''s events to a file that other tools read'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;store;help;stat'= {
        }
        &'cruddurctl;store;help;verify'= {
        }
        &'cruddurctl;store;help;compact'= {
        }
        &'cruddurctl;store;help;accept-losses'= {
        }
        &'cruddurctl;store;help;accept-clock'= {
        }
        &'cruddurctl;store;help;export'= {
        }
        &'cruddurctl;store;help;help'= {
        }
        &'cruddurctl;completions'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;man'= {
            cand --target 'Where to work: the local stack, the cloud, or what the environment''s credentials say'
            cand --data-dir 'The folder of the local stack''s data'
            cand --color 'When to use colour'
            cand --theme 'The ground that is drawn for, on the terminal and in pictures; by default what the terminal says of itself, SVG and HTML follow the page, and PNG is light'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'cruddurctl;help'= {
            cand demo 'Show everything once, offline: set up, serve, load, query, compare'
            cand up 'Run the local stack, what is set up in it, and the back end, all in one'
            cand setup 'Create the X-Ray group, the sampling rule and the log group, or bring them up to date'
            cand plan 'Show what setting up would change'
            cand status 'Show whether the X-Ray group, the sampling rule and the log group are as they should be'
            cand teardown 'Delete the X-Ray group, the sampling rule and the log group with all its lines'
            cand xray 'Work with X-Ray: its group and its sampling rule'
            cand logs 'Work with CloudWatch Logs'
            cand serve 'Run the instrumented mock back end of Cruddur'
            cand load 'Send traffic to a back end at a steady rate, and tell honestly how long it took'
            cand query 'Ask Honeycomb, or the local stack in its place'
            cand auth 'Say whose Honeycomb key is used, and what it may do'
            cand datasets 'List the datasets'
            cand columns 'List the columns of a dataset'
            cand markers 'List and make markers, which graphs show'
            cand trace 'Draw one request through its three lenses: spans, segments and log lines on one time axis'
            cand stack 'Run the local stack alone: Honeycomb, X-Ray, CloudWatch Logs and OTLP on one address'
            cand env 'Print the variables that point any SDK at the running local stack'
            cand run 'Run a command with these variables, on a stack of its own if none is running'
            cand init 'Write what week 2 adds to a checkout of Cruddur'
            cand store 'Look into the local stack''s data folder'
            cand completions 'Print the completions of a shell'
            cand man 'Print the manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'cruddurctl;help;demo'= {
        }
        &'cruddurctl;help;up'= {
        }
        &'cruddurctl;help;setup'= {
        }
        &'cruddurctl;help;plan'= {
        }
        &'cruddurctl;help;status'= {
        }
        &'cruddurctl;help;teardown'= {
        }
        &'cruddurctl;help;xray'= {
            cand setup 'Create groups and sampling rules, or bring them to what the file says'
            cand plan 'Show what setting up groups and sampling rules would change'
            cand status 'Show whether groups and sampling rules are as they should be'
            cand teardown 'Delete the sampling rules and groups that the file names, as far as they are ours'
            cand check 'Check a file of sampling rules and groups without sending anything'
            cand traces 'List traces, the newest first'
            cand graph 'Show which service calls which, and how that went'
            cand daemon 'Stand in for AWS''s X-Ray daemon, in the foreground; or ask what was refused'
            cand rules 'List the sampling rules in the order in which they are asked'
            cand groups 'List the groups'
            cand sampling 'Tell how requests are sampled'
        }
        &'cruddurctl;help;xray;setup'= {
        }
        &'cruddurctl;help;xray;plan'= {
        }
        &'cruddurctl;help;xray;status'= {
        }
        &'cruddurctl;help;xray;teardown'= {
        }
        &'cruddurctl;help;xray;check'= {
        }
        &'cruddurctl;help;xray;traces'= {
        }
        &'cruddurctl;help;xray;graph'= {
        }
        &'cruddurctl;help;xray;daemon'= {
            cand rejects 'List the segments that the local stack refused, and why'
        }
        &'cruddurctl;help;xray;daemon;rejects'= {
        }
        &'cruddurctl;help;xray;rules'= {
        }
        &'cruddurctl;help;xray;groups'= {
        }
        &'cruddurctl;help;xray;sampling'= {
            cand explain 'Tell which sampling rule decides about a request, why, and what that costs a month'
            cand simulate 'Let the sampler decide about an hour of requests, or about recorded ones, and count what it keeps'
        }
        &'cruddurctl;help;xray;sampling;explain'= {
        }
        &'cruddurctl;help;xray;sampling;simulate'= {
        }
        &'cruddurctl;help;logs'= {
            cand setup 'Create the log group, or bring it up to date'
            cand plan 'Show what setting up the log group would change'
            cand status 'Show whether the log group is as it should be'
            cand teardown 'Delete the log group with all its lines'
            cand tail 'Print lines of log groups in order of time, and follow them'
            cand filter 'Find lines of a stretch of time, or count them'
            cand query 'Run a query of CloudWatch Logs Insights'
            cand ship 'Send lines from a pipe or a file to a log stream, and lose none'
        }
        &'cruddurctl;help;logs;setup'= {
        }
        &'cruddurctl;help;logs;plan'= {
        }
        &'cruddurctl;help;logs;status'= {
        }
        &'cruddurctl;help;logs;teardown'= {
        }
        &'cruddurctl;help;logs;tail'= {
        }
        &'cruddurctl;help;logs;filter'= {
        }
        &'cruddurctl;help;logs;query'= {
        }
        &'cruddurctl;help;logs;ship'= {
        }
        &'cruddurctl;help;serve'= {
        }
        &'cruddurctl;help;load'= {
        }
        &'cruddurctl;help;query'= {
        }
        &'cruddurctl;help;auth'= {
        }
        &'cruddurctl;help;datasets'= {
        }
        &'cruddurctl;help;columns'= {
        }
        &'cruddurctl;help;markers'= {
            cand list 'List the markers, the oldest first'
            cand add 'Mark a moment, or a span of time, on the graphs of a dataset'
        }
        &'cruddurctl;help;markers;list'= {
        }
        &'cruddurctl;help;markers;add'= {
        }
        &'cruddurctl;help;trace'= {
        }
        &'cruddurctl;help;stack'= {
        }
        &'cruddurctl;help;env'= {
        }
        &'cruddurctl;help;run'= {
        }
        &'cruddurctl;help;init'= {
        }
        &'cruddurctl;help;store'= {
            cand stat 'List the datasets and how many events they hold'
            cand verify 'Read everything and name what is damaged; nothing is changed'
            cand compact 'Seal what has just come in and merge small segments, so that queries have less to open'
            cand accept-losses 'Take it that missing events never come back, so that answers no longer say that they leave them out'
            cand accept-clock 'Take it that the system''s clock is right, so that events expire by it'
            cand export 'Write a dataset''s events to a file that other tools read'
        }
        &'cruddurctl;help;store;stat'= {
        }
        &'cruddurctl;help;store;verify'= {
        }
        &'cruddurctl;help;store;compact'= {
        }
        &'cruddurctl;help;store;accept-losses'= {
        }
        &'cruddurctl;help;store;accept-clock'= {
        }
        &'cruddurctl;help;store;export'= {
        }
        &'cruddurctl;help;completions'= {
        }
        &'cruddurctl;help;man'= {
        }
        &'cruddurctl;help;help'= {
        }
    ]
    $completions[$command]
}
